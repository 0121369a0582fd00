package desired

import (
	"context"
	"errors"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/batch"
)

// run carries a change set out.
type run struct {
	changes *ChangeSet
	options ApplyOptions
	result  *Result
	runner  *batch.Runner
	tried   int

	// Why scopes could not be made, and accesses not taken back, by scope.
	// Written between batches, and read within them.
	failed, revokeFailed map[string]error

	// The clients as they were when those to be made were last looked for, or
	// why they couldn't be read.
	index   clientIndex
	listErr error
}

// batch makes some changes, and reports each that was tried.
func (r *run) batch(ctx context.Context, items []Item, do func(context.Context, *Item) error) {
	r.runner.Do(ctx, len(items), func(i int) error { return do(ctx, &items[i]) }, func(outcome batch.Outcome) {
		item := &items[outcome.Index]
		item.Err = outcome.Err
		if outcome.Left {
			item.Err = left(unwrapUnsettled(outcome.Err))
		}
		if !errors.Is(item.Err, errUnsettled) {
			r.report(item)
		}
	})
}

func (r *run) report(item *Item) {
	if item.left() {
		return
	}
	r.tried++
	if r.options.Progress != nil {
		r.options.Progress(Progress{Item: *item, Done: r.tried, Total: len(r.result.Items)})
	}
}

func (r *run) service() *maskinporten.ClientsService {
	return r.changes.options.clients(r.changes.client)
}

// notSelf refuses to touch the client that is signed in with, also where the
// plan was made by another.
func (r *run) notSelf(clientID string) error {
	if clientID == r.changes.self {
		return &maskinporten.ArgumentError{Operation: "desired.Apply", Argument: "client", Problem: clientID + " is signed in with, and never touched"}
	}
	return nil
}

// errUnsettled marks a client of which it isn't known yet whether it was made.
var errUnsettled = errors.New("it isn't known yet whether it was made")

type unsettledError struct{ err error }

func (e *unsettledError) Error() string { return e.err.Error() }

func (e *unsettledError) Unwrap() []error { return []error{e.err, errUnsettled} }

func unwrapUnsettled(err error) error {
	if unsettled, ok := errors.AsType[*unsettledError](err); ok {
		return unsettled.err
	}
	return err
}

func isUnavailable(err error) bool {
	return errors.Is(err, maskinporten.ErrUnavailable) && !errors.Is(err, maskinporten.ErrNotAttempted)
}

// isUnauthorized reports whether an error would meet every other change as well.
func isUnauthorized(err error) bool {
	_, noToken := errors.AsType[*maskinporten.TokenError](err)
	return (noToken || errors.Is(err, maskinporten.ErrUnauthorized)) && !errors.Is(err, maskinporten.ErrNotAttempted)
}
