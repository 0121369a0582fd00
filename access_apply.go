package maskinporten

import (
	"context"
	"errors"

	"github.com/maskinporten-go/maskinporten/internal/batch"
)

// ApplyOptions say how [AccessPlan.Apply] and [ScopesService.Retire] go about
// it. The zero value is good.
type ApplyOptions struct {
	// Concurrency is how many changes are made at a time: 1 to 32, and 4
	// where it is 0.
	Concurrency int
	// AllowEmpty lets a plan that takes everybody's access, and leaves nobody,
	// be carried out.
	AllowEmpty bool
	// Progress, if set, is called after each change, never twice at the same
	// time.
	Progress func(ApplyProgress)
}

// ApplyProgress is passed to [ApplyOptions].Progress after each change.
type ApplyProgress struct {
	// Item is the change that was just tried.
	Item AccessItem
	// Done changes of Total have been tried, this one included.
	Done, Total int
}

// accessRun changes many accesses of one scope.
type accessRun struct {
	service *AccessService
	options ApplyOptions
	result  *AccessResult
	runner  *batch.Runner
	tried   int
}

func newAccessRun(service *AccessService, operationName, scope string, options ApplyOptions) *accessRun {
	return &accessRun{
		service: service, options: options, result: &AccessResult{Scope: scope, operation: operationName},
		runner: &batch.Runner{Concurrency: options.Concurrency, Fatal: isUnauthorized, Unavailable: isUnavailable},
	}
}

func (r *accessRun) add(action AccessAction, consumers []OrgNo) {
	for _, consumer := range consumers {
		r.result.Items = append(r.result.Items, AccessItem{OrgNo: consumer, Action: action})
	}
}

// do makes all changes; those of one action after those of the action before.
func (r *accessRun) do(ctx context.Context) (*AccessResult, error) {
	for items := r.result.Items; len(items) > 0; {
		same := 1
		for same < len(items) && items[same].Action == items[0].Action {
			same++
		}
		r.batch(ctx, items[:same])
		items = items[same:]
	}
	return r.result, r.result.Err()
}

func (r *accessRun) batch(ctx context.Context, items []AccessItem) {
	r.runner.Do(ctx, len(items), func(i int) error { return r.change(ctx, items[i]) }, func(outcome batch.Outcome) {
		item := &items[outcome.Index]
		if outcome.Left {
			item.Err = &notAttemptedError{outcome.Err}
			return
		}
		item.Err = outcome.Err
		r.tried++
		if r.options.Progress != nil {
			r.options.Progress(ApplyProgress{Item: *item, Done: r.tried, Total: len(r.result.Items)})
		}
	})
}

func (r *accessRun) change(ctx context.Context, item AccessItem) error {
	if item.Action == AccessActionGrant {
		_, err := r.service.Grant(ctx, r.result.Scope, item.OrgNo)
		return err
	}
	_, err := r.service.Revoke(ctx, r.result.Scope, item.OrgNo)
	if errors.Is(err, ErrNotFound) {
		return nil // somebody else was faster: it is gone, which is what was wanted
	}
	return err
}

func isUnavailable(err error) bool { return errors.Is(err, ErrUnavailable) }

// isUnauthorized reports whether an error would meet every other change as well:
// without a token nothing works.
func isUnauthorized(err error) bool {
	_, noToken := errors.AsType[*TokenError](err)
	return noToken || errors.Is(err, ErrUnauthorized)
}
