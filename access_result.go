package maskinporten

import "fmt"

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
