package maskinporten_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func TestApplyGrantsBeforeItRevokes(t *testing.T) {
	t.Parallel()
	all := orgNos(60)
	p := newProvider(all[:40]...)
	client, wire := newWire(t, p.reply)
	result := check.Got(mustPlan(t, client, all[30:]...).Apply(t.Context(), maskinporten.ApplyOptions{Concurrency: 8}))(t)
	if len(result.Items) != 50 || len(result.Done()) != 50 || len(result.Failed())+len(result.Left()) != 0 {
		t.Errorf("result %+v", result)
	}
	check.Same(t, all[30:], p.consumers(), "consumers")
	var methods []string
	for _, request := range wire.requests()[1:] {
		methods = append(methods, request.Method)
		if request.Scope != writeScope {
			t.Errorf("%s with a token for %q", request.Method, request.Scope)
		}
	}
	if want := slices.Concat(slices.Repeat([]string{"PUT"}, 20), slices.Repeat([]string{"DELETE"}, 30)); !slices.Equal(want, methods) {
		t.Errorf("order of the calls: %v", methods)
	}
	if most := p.most.Load(); most > 8 {
		t.Errorf("%d calls at a time, 8 were allowed", most)
	}
}

func TestApplyReportsProgressOneAtATime(t *testing.T) {
	t.Parallel()
	all := orgNos(30)
	client, _ := newWire(t, newProvider(all[:10]...).reply)
	var mu sync.Mutex
	var done []int
	items := map[maskinporten.OrgNo]maskinporten.AccessAction{}
	check.Got(mustPlan(t, client, all[10:]...).Apply(t.Context(), maskinporten.ApplyOptions{Progress: func(p maskinporten.ApplyProgress) {
		if !mu.TryLock() {
			t.Error("two reports at a time")
			return
		}
		defer mu.Unlock()
		done = append(done, p.Done)
		items[p.Item.OrgNo] = p.Item.Action
		if p.Total != 30 || p.Item.Err != nil {
			t.Errorf("progress %+v", p)
		}
	}}))(t)
	for i, n := range done {
		if n != i+1 {
			t.Fatalf("counted %v", done)
		}
	}
	if len(items) != 30 || items[all[0]] != maskinporten.AccessActionRevoke || items[all[29]] != maskinporten.AccessActionGrant {
		t.Errorf("reported %v", items)
	}
}

func TestApplyReportsFailuresItemByItemAndCanBeRunAgain(t *testing.T) {
	t.Parallel()
	all := orgNos(20)
	p := newProvider(all[:10]...)
	wrong := map[string]bool{string(all[3]): true, string(all[13]): true}
	p.refuse = func(s sent) (answer, bool) {
		consumer := strings.TrimPrefix(s.Path, "/scopes/access/")
		return answer{http.StatusConflict, `{"status":409,"error_description":", not now"}`}, wrong[consumer]
	}
	client, _ := newWire(t, p.reply)
	result, err := mustPlan(t, client, all[10:]...).Apply(t.Context(), maskinporten.ApplyOptions{})
	if !errors.Is(err, maskinporten.ErrConflict) || errors.Is(err, maskinporten.ErrNotAttempted) {
		t.Fatalf("error %v", err)
	}
	var failed []maskinporten.OrgNo
	for _, item := range result.Failed() {
		failed = append(failed, item.OrgNo)
		if !errors.Is(item.Err, maskinporten.ErrConflict) {
			t.Errorf("%s: %v", item.OrgNo, item.Err)
		}
	}
	check.Same(t, []maskinporten.OrgNo{all[13], all[3]}, failed, "failed")
	for _, part := range []string{"18 of 20 done", "2 failed", "grant " + string(all[13]), "revoke " + string(all[3])} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in %v", part, err)
		}
	}
	if _, ok := errors.AsType[*maskinporten.APIError](err); !ok {
		t.Errorf("no APIError in %v", err)
	}

	p.refuse = nil
	again := mustPlan(t, client, all[10:]...)
	if len(again.Grant) != 1 || len(again.Revoke) != 1 {
		t.Errorf("second plan: %v", again)
	}
	check.Got(again.Apply(t.Context(), maskinporten.ApplyOptions{}))(t)
	check.Same(t, all[10:], p.consumers(), "consumers")
}

func TestTheErrorOfManyFailuresStaysShort(t *testing.T) {
	t.Parallel()
	all := orgNos(3000)
	p := newProvider()
	p.refuse = func(s sent) (answer, bool) {
		return answer{http.StatusConflict, `{"status":409}`}, s.Method == http.MethodPut
	}
	client, _ := newWire(t, p.reply)
	result, err := mustPlan(t, client, all...).Apply(t.Context(), maskinporten.ApplyOptions{Concurrency: 1000})
	if len(result.Failed()) != 3000 || err == nil {
		t.Fatalf("%d failed, error %v", len(result.Failed()), err)
	}
	if text := err.Error(); len(text) > 3000 || !strings.Contains(text, "and 2995 more") {
		t.Errorf("%d bytes: %.500s", len(text), text)
	}
}

func TestThousandsOfConsumersAreApplied(t *testing.T) {
	t.Parallel()
	all := orgNos(5000)
	p := newProvider(all[:2500]...)
	client, _ := newWire(t, p.reply)
	result, err := mustPlan(t, client, all[2500:]...).Apply(t.Context(), maskinporten.ApplyOptions{Concurrency: 32})
	if err != nil || len(result.Done()) != 5000 {
		t.Fatalf("%d done, error %v", len(result.Done()), err)
	}
	if got := p.consumers(); !slices.Equal(got, all[2500:]) {
		t.Errorf("%d consumers", len(got))
	}
}

func TestApplyStopsWithItsContextAndTellsWhatIsLeft(t *testing.T) {
	t.Parallel()
	all := orgNos(40)
	p := newProvider(all[:20]...)
	client, wire := newWire(t, p.reply)
	plan := mustPlan(t, client, all[20:]...)
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("operator pressed stop")
	var changes atomic.Int32
	p.refuse = func(sent) (answer, bool) {
		if changes.Add(1) == 5 {
			cancel(stopped)
		}
		return answer{}, false
	}
	result, err := plan.Apply(ctx, maskinporten.ApplyOptions{Concurrency: 1})
	check.Is(t, maskinporten.ErrNotAttempted, err)
	// The fifth was on its way: it was done, or nobody knows.
	if done, failed := len(result.Done()), len(result.Failed()); done < 4 || done+failed != 5 || len(result.Left()) != 35 {
		t.Errorf("%d done, %d failed, %d left", done, failed, len(result.Left()))
	}
	for _, item := range result.Left() {
		if !errors.Is(item.Err, stopped) {
			t.Fatalf("%s was left because of %v", item.OrgNo, item.Err)
		}
	}
	if !errors.Is(err, stopped) || !strings.Contains(err.Error(), "35 left") {
		t.Errorf("error %v", err)
	}
	if requests := len(wire.requests()) - 1; requests != 5 {
		t.Errorf("%d changes were sent", requests)
	}
}

func TestApplyLeavesTheRestWhenItIsNoLongerLetIn(t *testing.T) {
	t.Parallel()
	all := orgNos(50)
	p := newProvider()
	p.refuse = func(s sent) (answer, bool) {
		return answer{http.StatusUnauthorized, `{"status":401}`}, s.Method == http.MethodPut
	}
	client, wire := newWire(t, p.reply)
	result, err := mustPlan(t, client, all...).Apply(t.Context(), maskinporten.ApplyOptions{Concurrency: 1})
	if !errors.Is(err, maskinporten.ErrUnauthorized) || len(result.Failed()) != 1 || len(result.Left()) != 49 {
		t.Errorf("%d failed, %d left, error %v", len(result.Failed()), len(result.Left()), err)
	}
	for _, item := range result.Left() {
		if !errors.Is(item.Err, maskinporten.ErrUnauthorized) {
			t.Fatalf("%s was left because of %v", item.OrgNo, item.Err)
		}
	}
	if requests := len(wire.requests()); requests > 4 {
		t.Errorf("%d requests", requests)
	}
}

func TestApplyLeavesTheRestWhileTheServiceIsDown(t *testing.T) {
	t.Parallel()
	p := newProvider()
	p.refuse = func(s sent) (answer, bool) {
		return answer{http.StatusServiceUnavailable, `<html>down</html>`}, s.Method == http.MethodPut
	}
	client, wire := newWire(t, p.reply, maskinporten.WithAttempts(1))
	result, err := mustPlan(t, client, orgNos(100)...).Apply(t.Context(), maskinporten.ApplyOptions{Concurrency: 1})
	if !errors.Is(err, maskinporten.ErrUnavailable) || !errors.Is(err, maskinporten.ErrNotAttempted) {
		t.Errorf("error %v", err)
	}
	if len(result.Failed()) != 10 || len(result.Left()) != 90 || len(wire.requests()) != 11 {
		t.Errorf("%d failed, %d left, %d requests", len(result.Failed()), len(result.Left()), len(wire.requests()))
	}
}

func TestAFewFailuresInBetweenDoNotEndTheRun(t *testing.T) {
	t.Parallel()
	p := newProvider()
	var calls atomic.Int32
	p.refuse = func(s sent) (answer, bool) {
		return answer{http.StatusInternalServerError, `{}`}, s.Method == http.MethodPut && calls.Add(1)%4 != 0
	}
	client, _ := newWire(t, p.reply, maskinporten.WithAttempts(1))
	result, err := mustPlan(t, client, orgNos(100)...).Apply(t.Context(), maskinporten.ApplyOptions{Concurrency: 1})
	if err == nil || len(result.Done()) != 25 || len(result.Failed()) != 75 {
		t.Errorf("%d done, %d failed, error %v", len(result.Done()), len(result.Failed()), err)
	}
}

func TestAnAccessThatIsGoneNeedsNoRevoking(t *testing.T) {
	t.Parallel()
	p := newProvider(nav, digdir)
	client, _ := newWire(t, p.reply)
	plan := mustPlan(t, client, digdir)
	p.access = map[string]bool{string(digdir): true} // somebody was faster
	if _, err := plan.Apply(t.Context(), maskinporten.ApplyOptions{}); err != nil {
		t.Errorf("error %v", err)
	}
}
