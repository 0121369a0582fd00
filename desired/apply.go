package desired

import (
	"context"
	"errors"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/batch"
)

// Apply makes the changes in their order, a few at a time. It goes on after a
// failure, leaving only what builds on that: no access to a scope that could
// not be made, no deactivation of a scope whose accesses could not be taken
// back. When ctx ends, Stop is closed, or the service no longer lets the client in or doesn't
// answer for a while, the rest is left.
//
// A create whose answer was lost is looked up by what it made, and made again
// only if it isn't there. What somebody else made or changed meanwhile is
// taken over.
//
// The result tells what became of each change, with the client ids and secrets
// of new clients, and the error is that of [Result.Err]. It is safe to apply
// again; better make a new plan first, in which only what is missing is left.
//
// Changes that take away everything, or much at once, are refused without
// AllowEmpty or MaxRemovedPercent.
func (c *ChangeSet) Apply(ctx context.Context, options ApplyOptions) (*Result, error) {
	if c.client == nil {
		return nil, &maskinporten.ArgumentError{Operation: "desired.Apply", Argument: "changes", Problem: "were not made by Plan"}
	}
	if err := c.groups.refusal(c.Changes, options); err != nil {
		return nil, err
	}
	r := &run{
		changes: c, options: options, result: &Result{Items: make([]Item, len(c.Changes))},
		runner: &batch.Runner{Concurrency: options.Concurrency, Fatal: isUnauthorized, Unavailable: isUnavailable, Stop: options.Stop},
		failed: map[string]error{}, revokeFailed: map[string]error{},
	}
	for i, change := range c.Changes {
		r.result.Items[i].Change = change
	}
	r.all(ctx)
	return r.result, r.result.Err()
}

// all makes the changes, those of one sort after those of the sort before.
func (r *run) all(ctx context.Context) {
	for items := r.result.Items; len(items) > 0; {
		same := 1
		for same < len(items) && stageOf(items[same].Change) == stageOf(items[0].Change) {
			same++
		}
		r.stage(ctx, items[:same])
		items = items[same:]
	}
}

// stageOf tells changes apart that may not be made at the same time.
func stageOf(c Change) string {
	if c.Kind == KindClient && c.Action != ActionDeactivate || c.Kind == KindScope && c.Action == ActionReactivate {
		return string(c.Kind) + string(ActionCreate)
	}
	return string(c.Kind) + string(c.Action)
}

func (r *run) stage(ctx context.Context, items []Item) {
	if items[0].Kind == KindClient && items[0].Action != ActionDeactivate {
		r.clients(ctx, items)
		return
	}
	r.batch(ctx, items, r.one)
	for _, item := range items {
		switch {
		case item.Err == nil:
		case item.Kind == KindScope && (item.Action == ActionCreate || item.Action == ActionReactivate):
			r.failed[item.Name] = item.Err
		case item.Action == ActionRevoke:
			r.revokeFailed[item.Name] = item.Err
		}
	}
}

// one makes a change of anything but a client.
func (r *run) one(ctx context.Context, item *Item) error {
	scopes, access := r.changes.client.Scopes, r.changes.client.Access
	switch item.Kind {
	case KindScope:
		switch item.Action {
		case ActionCreate:
			return r.createScope(ctx, item.scope)
		case ActionDeactivate:
			if err := r.revokeFailed[item.Name]; err != nil {
				return left(err)
			}
			_, err := scopes.Deactivate(ctx, item.Name)
			return ignoreNotFound(err)
		default:
			return r.updateScope(ctx, item.scope, item.Change)
		}
	case KindAccess:
		if err := r.failed[item.Name]; err != nil {
			return left(err)
		}
		if item.Action == ActionGrant {
			_, err := access.Grant(ctx, item.Name, item.Consumer)
			return err
		}
		_, err := access.Revoke(ctx, item.Name, item.Consumer)
		return ignoreNotFound(err)
	default:
		if err := r.notSelf(item.ClientID); err != nil {
			return err
		}
		return ignoreNotFound(r.service().Deactivate(ctx, item.ClientID))
	}
}

// ignoreNotFound takes it for done when what was to be removed is not there.
func ignoreNotFound(err error) error {
	if errors.Is(err, maskinporten.ErrNotFound) {
		return nil
	}
	return err
}
