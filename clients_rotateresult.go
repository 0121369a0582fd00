package maskinporten

import "time"

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

// items are none where the clients could not be read.
func (r *RotateAllResult) items() []RotateItem {
	if r == nil {
		return nil
	}
	return r.Items
}

func (i RotateItem) outcome() error { return i.Err }
