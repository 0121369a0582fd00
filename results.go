package maskinporten

import (
	"errors"
	"fmt"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// ErrNotAttempted is the error of an item that was not tried, because the context
// ended, or because the service no longer let the client in or was unavailable for
// many changes in a row. [errors.Is] finds that cause in the item's error too.
var ErrNotAttempted = errors.New("maskinporten: not attempted")

type notAttemptedError struct{ cause error }

func (e *notAttemptedError) Error() string {
	return ErrNotAttempted.Error() + ": " + errtext.Plain(e.cause)
}
func (e *notAttemptedError) Unwrap() []error { return []error{ErrNotAttempted, e.cause} }

// outcome is one of many changes that were made, failed, or were not tried.
type outcome interface{ outcome() error }

func wasDone(err error) bool   { return err == nil }
func hasFailed(err error) bool { return err != nil && !wasLeft(err) }
func wasLeft(err error) bool   { return errors.Is(err, ErrNotAttempted) }

func pick[T outcome](items []T, wanted func(error) bool) []T {
	var picked []T
	for _, item := range items {
		if wanted(item.outcome()) {
			picked = append(picked, item)
		}
	}
	return picked
}

// summarize is the error of all items; nil where everything was done. It begins
// the error of each item with what name returns.
func summarize[T outcome](items []T, what, done string, name func(T) string) error {
	var failed, left []string
	var errs []error
	for _, item := range items {
		switch err := item.outcome(); {
		case err == nil:
			continue
		case wasLeft(err):
			left = append(left, errtext.Plain(err))
		default:
			failed = append(failed, name(item)+errtext.Plain(err))
		}
		errs = append(errs, item.outcome())
	}
	if len(errs) == 0 {
		return nil
	}
	return errtext.Summary(fmt.Sprintf("%s: %d of %d %s", what, len(items)-len(errs), len(items), done), failed, left, errs)
}

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
	// Err is nil when it was done; [ErrNotAttempted] when it was not tried.
	Err error
}

// AccessResult says what became of each change of [AccessPlan.Apply] or
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
func (r *AccessResult) Done() []AccessItem { return pick(r.Items, wasDone) }

// Failed returns the changes that were tried and failed.
func (r *AccessResult) Failed() []AccessItem { return pick(r.Items, hasFailed) }

// Left returns the changes that were not tried.
func (r *AccessResult) Left() []AccessItem { return pick(r.Items, wasLeft) }

// Err is nil when everything was done. Otherwise its text counts and names
// the first failures, and errors.Is and errors.As look into the errors of all
// items.
func (r *AccessResult) Err() error {
	return summarize(r.Items, r.operation+": "+r.Scope, "done", func(item AccessItem) string {
		return fmt.Sprintf("%s %s: ", item.Action, item.OrgNo)
	})
}

func (i AccessItem) outcome() error { return i.Err }

const rotateAllName = "Clients.RotateExpiring"

// RotateItem is what became of one client in [ClientsService.RotateExpiring].
type RotateItem struct {
	ClientID    string
	ClientName  string
	ClientOrgNo OrgNo
	// OldKeys are the kids of the keys that were to be replaced; Expires is when
	// the first of these expires.
	OldKeys []string
	Expires time.Time
	// NewKey is the kid of the new key; empty where none was made.
	NewKey string
	// Err is nil when the client has its new key and the old ones are gone;
	// [ErrNotAttempted] when it was not tried; else a [*RotateError], which says
	// how far it came.
	Err error
}

// RotateAllResult says what became of each client, the most urgent first.
type RotateAllResult struct {
	Items []RotateItem
}

// Done returns the clients that were rotated.
func (r *RotateAllResult) Done() []RotateItem { return pick(r.items(), wasDone) }

// Failed returns the clients that were tried and failed.
func (r *RotateAllResult) Failed() []RotateItem { return pick(r.items(), hasFailed) }

// Left returns the clients that were not tried.
func (r *RotateAllResult) Left() []RotateItem { return pick(r.items(), wasLeft) }

// Err is nil when all clients were rotated. Otherwise its text counts and
// names the first failures, and errors.Is and errors.As look into the errors
// of all items.
func (r *RotateAllResult) Err() error {
	return summarize(r.items(), rotateAllName, "clients rotated", func(RotateItem) string { return "" }) // the error names the client
}

// items is empty where the clients could not be read.
func (r *RotateAllResult) items() []RotateItem {
	if r == nil {
		return nil
	}
	return r.Items
}

func (i RotateItem) outcome() error { return i.Err }
