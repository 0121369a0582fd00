package maskinporten

import (
	"errors"
	"fmt"
	"strings"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// AccessAction is what is done to one access.
type AccessAction string

// The actions.
const (
	AccessActionGrant  AccessAction = "grant"
	AccessActionRevoke AccessAction = "revoke"
)

// AccessItem is one change of an access.
type AccessItem struct {
	// OrgNo is the consumer.
	OrgNo OrgNo
	// Action is what was to be done.
	Action AccessAction
	// Err is nil when it was done; [ErrNotAttempted] when it was left.
	Err error
}

// AccessResult tells what became of each change of [AccessPlan.Apply] or
// [ScopesService.Retire].
type AccessResult struct {
	// Scope is the name of the scope.
	Scope string
	// Items are all changes in the order of the plan: grants, then
	// revocations, each by rising number.
	Items []AccessItem

	operation string
}

// Done returns the changes that were made.
func (r *AccessResult) Done() []AccessItem {
	return r.pick(func(err error) bool { return err == nil })
}

// Failed returns the changes that were tried and failed.
func (r *AccessResult) Failed() []AccessItem {
	return r.pick(func(err error) bool { return err != nil && !errors.Is(err, ErrNotAttempted) })
}

// Left returns the changes that were not tried.
func (r *AccessResult) Left() []AccessItem {
	return r.pick(func(err error) bool { return errors.Is(err, ErrNotAttempted) })
}

func (r *AccessResult) pick(wanted func(error) bool) []AccessItem {
	var picked []AccessItem
	for _, item := range r.Items {
		if wanted(item.Err) {
			picked = append(picked, item)
		}
	}
	return picked
}

// Err is nil when everything was done. Otherwise its text counts and names
// the first failures, and errors.Is and errors.As look into the errors of all
// items.
func (r *AccessResult) Err() error {
	failed, left := r.Failed(), r.Left()
	if len(failed)+len(left) == 0 {
		return nil
	}
	err := &itemErrors{text: r.describe(failed, left)}
	for _, item := range r.Items {
		if item.Err != nil {
			err.errs = append(err.errs, item.Err)
		}
	}
	return err
}

// mostNamed keeps the error of thousands of failures readable.
const mostNamed = 5

func (r *AccessResult) describe(failed, left []AccessItem) string {
	var b strings.Builder
	fmt.Fprintf(&b, "maskinporten: %s: %s: %d of %d done", r.operation, r.Scope, len(r.Items)-len(failed)-len(left), len(r.Items))
	if len(failed) > 0 {
		fmt.Fprintf(&b, ", %d failed", len(failed))
	}
	if len(left) > 0 {
		fmt.Fprintf(&b, ", %d left (%s)", len(left), errtext.Plain(left[0].Err))
	}
	for _, item := range failed[:min(len(failed), mostNamed)] {
		fmt.Fprintf(&b, "; %s %s: %s", item.Action, item.OrgNo, errtext.Plain(item.Err))
	}
	if more := len(failed) - mostNamed; more > 0 {
		fmt.Fprintf(&b, "; and %d more", more)
	}
	return b.String()
}

// itemErrors is errors.Join with a text that stays short.
type itemErrors struct {
	text string
	errs []error
}

func (e *itemErrors) Error() string   { return e.text }
func (e *itemErrors) Unwrap() []error { return e.errs }
