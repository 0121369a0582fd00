package desired

import (
	"context"
	"errors"
	"slices"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/diff"
)

// clients makes and changes clients. They have no names that the service
// keeps apart, so that those to be made are looked for first: somebody else, or
// an earlier run, may have made them since the plan. Those whose answers get
// lost are looked for together afterwards, in one list.
func (r *run) clients(ctx context.Context, items []Item) {
	if slices.ContainsFunc(items, func(item Item) bool { return item.Action == ActionCreate }) {
		r.listErr = r.list(ctx)
	}
	r.batch(ctx, items, r.client)
	for range mostCreates - 1 {
		lost := r.lost(items)
		if len(lost) == 0 {
			return
		}
		r.again(ctx, lost)
	}
	for _, item := range r.lost(items) {
		item.Err = unwrapUnsettled(item.Err)
		r.report(item)
	}
}

func (r *run) list(ctx context.Context) error {
	all, err := maskinporten.Collect(r.service().All(ctx, maskinporten.ClientFilter{Inactive: true}))
	if err == nil {
		r.index = indexClients(all, r.changes.options)
	}
	return err
}

// again looks for clients whose answers were lost, and makes those that
// aren't there.
func (r *run) again(ctx context.Context, lost []*Item) {
	if r.list(ctx) != nil {
		return // the next round looks again, or the first error stays
	}
	items := make([]Item, len(lost))
	for i, item := range lost {
		items[i] = *item
	}
	r.batch(ctx, items, r.client)
	for i, item := range lost {
		if !items[i].left() { // else its first error says more
			*item = items[i]
		}
	}
}

func (r *run) lost(items []Item) []*Item {
	var lost []*Item
	for i := range items {
		if errors.Is(items[i].Err, errUnsettled) {
			lost = append(lost, &items[i])
		}
	}
	return lost
}

// client makes or changes one.
func (r *run) client(ctx context.Context, item *Item) error {
	for _, scope := range item.wanted.Scopes {
		if err := r.failed[scope]; err != nil {
			return left(err)
		}
	}
	if item.Action != ActionCreate {
		return r.updateClient(ctx, item)
	}
	if r.listErr != nil {
		return left(r.listErr)
	}
	there, problem := r.index.find(item.wanted, r.changes.taken)
	switch {
	case problem != "":
		return &maskinporten.ArgumentError{Operation: "desired.Apply", Argument: "client", Problem: problem}
	case there != nil:
		item.ClientID = there.ClientID
		return r.adoptClient(ctx, item)
	}
	made, err := r.service().Create(ctx, item.wanted.ClientCreate)
	switch {
	case errors.Is(err, maskinporten.ErrOutcomeUnknown):
		return &unsettledError{err}
	case errors.Is(err, maskinporten.ErrConflict) && item.wanted.ClientID != "":
		item.ClientID = item.wanted.ClientID
		return orFirst(r.adoptClient(ctx, item), err)
	case err != nil:
		return err
	}
	item.ClientID, item.Client = made.ClientID, made
	return nil
}

// adoptClient makes a client that is there as wanted, and active.
func (r *run) adoptClient(ctx context.Context, item *Item) error {
	if err := r.notSelf(item.ClientID); err != nil {
		return err
	}
	updated, err := r.service().Update(ctx, item.ClientID, func(there *maskinporten.ClientRegistration) error {
		there.Active = true
		diff.Set(there, &item.wanted.ClientCreate, fieldNames(clientFieldsOf(item.wanted, there)))
		return nil
	})
	if err == nil {
		item.Client = updated
	}
	return err
}

// updateClient makes the planned changes of fields, and no others.
func (r *run) updateClient(ctx context.Context, item *Item) error {
	if err := r.notSelf(item.ClientID); err != nil {
		return err
	}
	_, err := r.service().Update(ctx, item.ClientID, func(there *maskinporten.ClientRegistration) error {
		if item.Action == ActionReactivate {
			there.Active = true
		}
		diff.Set(there, &item.wanted.ClientCreate, fieldNames(item.Fields))
		return nil
	})
	return err
}
