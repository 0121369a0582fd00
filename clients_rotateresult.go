package maskinporten

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// RotateItem is what became of one client in [ClientsService.RotateExpiring].
type RotateItem struct {
	ClientID    string
	ClientName  string
	ClientOrgNo OrgNo
	// OldKeys are the kids that were to go; Expires is when the first of them
	// does.
	OldKeys []string
	Expires time.Time
	// NewKey is the kid of the new key; empty where none was made.
	NewKey string
	// Err is nil when the client has its new key and the old ones are gone;
	// [ErrNotAttempted] when it was left; else a [*RotateError] that tells
	// what stands where.
	Err error
}

// RotateAllResult tells what became of each client, the most urgent first.
type RotateAllResult struct {
	Items []RotateItem
}

// Done returns the clients that were rotated.
func (r *RotateAllResult) Done() []RotateItem {
	return r.pick(func(err error) bool { return err == nil })
}

// Failed returns the clients that were tried and failed.
func (r *RotateAllResult) Failed() []RotateItem {
	return r.pick(func(err error) bool { return err != nil && !errors.Is(err, ErrNotAttempted) })
}

// Left returns the clients that were not tried.
func (r *RotateAllResult) Left() []RotateItem {
	return r.pick(func(err error) bool { return errors.Is(err, ErrNotAttempted) })
}

func (r *RotateAllResult) pick(wanted func(error) bool) []RotateItem {
	var picked []RotateItem
	if r == nil {
		return nil // the clients could not be read
	}
	for _, item := range r.Items {
		if wanted(item.Err) {
			picked = append(picked, item)
		}
	}
	return picked
}

// Err is nil when all clients were rotated. Otherwise its text counts and
// names the first failures, and errors.Is and errors.As look into the errors
// of all items.
func (r *RotateAllResult) Err() error {
	failed, left := r.Failed(), r.Left()
	if len(failed)+len(left) == 0 {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s: %d of %d clients rotated", errtext.Prefix, rotateAllName, len(r.Done()), len(r.Items))
	if len(failed) > 0 {
		fmt.Fprintf(&b, ", %d failed", len(failed))
	}
	if len(left) > 0 {
		fmt.Fprintf(&b, ", %d left (%s)", len(left), errtext.Plain(left[0].Err))
	}
	for _, item := range failed[:min(len(failed), mostNamed)] {
		fmt.Fprintf(&b, "; %s", errtext.Plain(item.Err))
	}
	if more := len(failed) - mostNamed; more > 0 {
		fmt.Fprintf(&b, "; and %d more", more)
	}
	err := &itemErrors{text: b.String()}
	for _, item := range r.Items {
		if item.Err != nil {
			err.errs = append(err.errs, item.Err)
		}
	}
	return err
}
