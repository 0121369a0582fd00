package maskinporten

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// AccessProgress is told to the function of [WithProgress] after each change.
type AccessProgress struct {
	// Item is the change that was just tried.
	Item AccessItem
	// Done changes of Total have been tried, this one included.
	Done, Total int
}

// ApplyOption is an option of [AccessPlan.Apply] and [ScopesService.Retire].
type ApplyOption func(*applySettings)

type applySettings struct {
	progress    func(AccessProgress)
	concurrency int
	allowEmpty  bool
}

const (
	defaultConcurrency = 4
	mostConcurrency    = 32 // beyond this a shared service answers 429, not faster
	// mostUnavailable failures in a row, each after its own retries, end a
	// run: with thousands of changes it would take hours to fail.
	mostUnavailable = 10
)

// WithProgress calls report after each change, never twice at the same time.
func WithProgress(report func(AccessProgress)) ApplyOption {
	return func(s *applySettings) { s.progress = report }
}

// WithConcurrency makes n changes at a time, 4 unless told; 1 to 32.
func WithConcurrency(n int) ApplyOption {
	return func(s *applySettings) { s.concurrency = min(max(n, 1), mostConcurrency) }
}

// AllowEmpty lets [AccessPlan.Apply] carry out a plan that takes everybody's
// access and leaves nobody.
func AllowEmpty() ApplyOption {
	return func(s *applySettings) { s.allowEmpty = true }
}

func newApplySettings(options []ApplyOption) applySettings {
	settings := applySettings{concurrency: defaultConcurrency}
	for _, option := range options {
		if option != nil {
			option(&settings)
		}
	}
	return settings
}

// accessRun changes many accesses of one scope.
type accessRun struct {
	service     *AccessService
	settings    applySettings
	result      *AccessResult
	tried       int
	unavailable atomic.Int32          // failures in a row
	halted      atomic.Pointer[error] // why the rest is left
}

func newAccessRun(service *AccessService, operationName, scope string, settings applySettings) *accessRun {
	return &accessRun{service: service, settings: settings, result: &AccessResult{Scope: scope, operation: operationName}}
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

// batch tries each item once, some at a time. The workers share a counter,
// and own the items that they draw; progress is reported from here, so that
// a slow or panicking report holds up no worker.
func (r *accessRun) batch(ctx context.Context, items []AccessItem) {
	tried := make(chan int, len(items))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(r.settings.concurrency, len(items)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(items)); i = next.Add(1) - 1 {
				if r.try(ctx, &items[i]) {
					tried <- int(i)
				}
			}
		})
	}
	go func() {
		workers.Wait()
		close(tried)
	}()
	for i := range tried {
		r.tried++
		if r.settings.progress != nil {
			r.settings.progress(AccessProgress{Item: items[i], Done: r.tried, Total: len(r.result.Items)})
		}
	}
}

// try makes one change, or leaves it and reports false.
func (r *accessRun) try(ctx context.Context, item *AccessItem) bool {
	if ctx.Err() != nil {
		r.halt(context.Cause(ctx))
	}
	if cause := r.halted.Load(); cause != nil {
		item.Err = fmt.Errorf("%w: %w", ErrNotAttempted, *cause)
		return false
	}
	item.Err = r.change(ctx, *item)
	if r.ends(item.Err) {
		r.halt(item.Err)
	}
	return true
}

func (r *accessRun) halt(cause error) { r.halted.CompareAndSwap(nil, &cause) }

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

// ends reports whether an error would meet every other change as well:
// without a token nothing works, nor does it while the service is down.
func (r *accessRun) ends(err error) bool {
	if errors.Is(err, ErrUnavailable) {
		return r.unavailable.Add(1) >= mostUnavailable
	}
	r.unavailable.Store(0)
	_, noToken := errors.AsType[*TokenError](err)
	return noToken || errors.Is(err, ErrUnauthorized)
}
