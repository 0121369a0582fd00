package verify_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/verify"
)

// The client's own service is a checker.
var _ verify.AccessChecker = (*maskinporten.AccessService)(nil)

// checker answers in place of self-service.
type checker func(ctx context.Context, scope, consumer string) (bool, error)

func (c checker) Has(ctx context.Context, scope string, consumer maskinporten.OrgNo) (bool, error) {
	return c(ctx, scope, string(consumer))
}

func TestLiveAccessIsAskedOnceAndRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.verifier()
	asked, access := 0, true
	var failure error
	live := verify.RequireLiveAccess(checker(func(_ context.Context, scope, consumer string) (bool, error) {
		asked++
		if scope != "difi:api3" || consumer != nav {
			t.Errorf("asked for %s and %s", scope, consumer)
		}
		return access, failure
	}), time.Minute)
	for _, step := range []struct {
		name    string
		after   time.Duration
		access  bool
		failure error
		want    verify.Reason
		asked   int
	}{
		{"first", 0, true, nil, "", 1},
		{"remembered", 59 * time.Second, false, nil, "", 1},
		{"revoked", time.Second, false, nil, verify.ReasonAccess, 2},
		{"remembered too", 59 * time.Second, true, nil, verify.ReasonAccess, 2},
		{"granted again", time.Minute, true, nil, "", 3},
		{"out of order: the last answer", time.Minute, false, errors.New("503"), "", 4},
		{"not asked again at once", 500 * time.Millisecond, false, errors.New("503"), "", 4},
		{"but soon", 500 * time.Millisecond, false, errors.New("503"), "", 5},
		{"until it is too old", 10 * time.Minute, true, errors.New("503"), verify.ReasonAccessUnknown, 6},
		{"back again", time.Second, true, nil, "", 7},
	} {
		w.advance(step.after)
		access, failure = step.access, step.failure
		_, err := v.Verify(t.Context(), w.token(nil), verify.RequireScope("difi:api3"), live)
		wantReason(t, err, step.want)
		if step.failure != nil && step.want != "" && !errors.Is(err, step.failure) {
			t.Errorf("%s: the cause is missing in %v", step.name, err)
		}
		if asked != step.asked {
			t.Errorf("%s: asked %d times, want %d", step.name, asked, step.asked)
		}
	}
}

func TestLiveAccessFollowsTheScopeRequirement(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		scope  verify.ScopeRequirement
		access string
		want   verify.Reason
	}{
		{"any: one is there", verify.RequireAnyScope("difi:a", "difi:b"), "difi:b", ""},
		{"any: none is there", verify.RequireAnyScope("difi:a", "difi:b"), "", verify.ReasonAccess},
		{"any: only one that the token doesn't have", verify.RequireAnyScope("difi:a", "difi:c"), "difi:c", verify.ReasonAccess},
		{"any: one is there, another can't be told", verify.RequireAnyScope("difi:broken", "difi:a"), "difi:a", ""},
		{"any: one isn't there, another can't be told", verify.RequireAnyScope("difi:broken", "difi:a"), "", verify.ReasonAccessUnknown},
		{"all: one is missing", verify.RequireAllScopes("difi:a", "difi:b"), "difi:a", verify.ReasonAccess},
		{"all: all there", verify.RequireAllScopes("difi:a"), "difi:a", ""},
		{"no scope to ask for", verify.WithoutScope(), "difi:a", verify.ReasonMisconfigured},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			live := verify.RequireLiveAccess(checker(func(_ context.Context, scope, _ string) (bool, error) {
				if scope == "difi:broken" {
					return false, errors.New("broken")
				}
				return scope == row.access, nil
			}), time.Minute)
			_, err := w.verifier().Verify(t.Context(), w.token(map[string]any{"scope": "difi:a difi:b difi:broken"}), row.scope, live)
			wantReason(t, err, row.want)
		})
	}
}

func TestLiveAccessIsNotAskedInVain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.verifier()
	never := verify.RequireLiveAccess(checker(func(context.Context, string, string) (bool, error) {
		t.Error("asked")
		return true, nil
	}), time.Minute)
	_, err := v.Verify(t.Context(), w.token(nil), verify.RequireScope("difi:other"), never)
	wantReason(t, err, verify.ReasonScope)
	wantVerdict(t, v, w.token(nil), verify.ReasonConsumer, never, verify.RequireConsumers(digdir))
	wantVerdict(t, v, w.token(sealed("VATSE-556703748501")), verify.ReasonAccess, never)
	for _, wrong := range []verify.Requirement{verify.RequireLiveAccess(nil, time.Minute), verify.RequireLiveAccess(checker(nil), 0), verify.RequireLiveAccess(checker(nil), 2*time.Hour)} {
		wantVerdict(t, v, w.token(nil), verify.ReasonMisconfigured, wrong)
	}
}

func TestOneAsksForAllWhoWaitAndWhoGivesUpHarmsNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		token := w.token(nil)
		v := w.verifier()
		defer func() { _ = v.Close() }()
		var asked atomic.Int32
		live := verify.RequireLiveAccess(checker(func(ctx context.Context, _, _ string) (bool, error) {
			asked.Add(1)
			select {
			case <-ctx.Done():
				return false, ctx.Err()
			case <-time.After(time.Second):
				return true, nil
			}
		}), time.Minute)
		ask := func(ctx context.Context, want verify.Reason) {
			_, err := v.Verify(ctx, token, verify.RequireScope("difi:api3"), live)
			wantReason(t, err, want)
		}
		check.OK(t, v.Refresh(t.Context()))
		impatient, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() { ask(impatient, verify.ReasonAccessUnknown) })
		synctest.Wait()
		all.Go(func() { ask(impatient, verify.ReasonAccessUnknown) })
		for range 50 {
			all.Go(func() { ask(t.Context(), "") })
		}
		all.Wait()
		if asked.Load() != 1 {
			t.Errorf("asked %d times, want once for all, whoever gave up", asked.Load())
		}
	})
}

func TestACheckerThatHangsIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		token := w.token(nil)
		v := w.verifier()
		defer func() { _ = v.Close() }()
		live := verify.RequireLiveAccess(checker(func(ctx context.Context, _, _ string) (bool, error) {
			<-ctx.Done()
			return false, ctx.Err()
		}), time.Minute)
		began := time.Now()
		wantVerdict(t, v, token, verify.ReasonAccessUnknown, live)
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

func TestACheckerThatPanicsEndsNeitherTheProgramNorTheAsking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.verifier()
	panics := true
	live := verify.RequireLiveAccess(checker(func(context.Context, string, string) (bool, error) {
		if panics {
			panic("bug in a checker") //nolint:forbidigo // this is what the test is about
		}
		return true, nil
	}), time.Minute)
	_, err := v.Verify(t.Context(), w.token(nil), verify.RequireScope("difi:api3"), live)
	wantReason(t, err, verify.ReasonAccessUnknown)
	if err == nil || !strings.Contains(err.Error(), "bug in a checker") {
		t.Errorf("err = %v, want what the checker said", err)
	}
	panics = false
	w.advance(time.Second)
	wantVerdict(t, v, w.token(nil), "", live)
}

func TestLiveAccessForgetsOldAnswersBeforeItRemembersTooMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.verifier()
	asked := 0
	live := verify.RequireLiveAccess(checker(func(context.Context, string, string) (bool, error) {
		asked++
		return false, nil
	}), time.Minute)
	batches := make([]func(), 60)
	for i := range batches { // of 200 questions each
		names := make([]string, 200)
		for j := range names {
			names[j] = "s:" + strconv.Itoa(200*i+j)
		}
		token := w.token(map[string]any{"scope": strings.Join(names, " "), "exp": w.clock().Unix() + 3600})
		batches[i] = func() {
			_, err := v.Verify(t.Context(), token, verify.RequireAnyScope(names[0], names[1:]...), live)
			wantReason(t, err, verify.ReasonAccess)
		}
	}
	ask := func(from, to, want int) {
		t.Helper()
		before := asked
		for _, batch := range batches[from:to] {
			batch()
		}
		if got := asked - before; got != want {
			t.Errorf("batches %d to %d: asked %d times, want %d", from, to, got, want)
		}
	}
	ask(0, 25, 5000)
	w.advance(time.Minute)
	ask(25, 51, 5200) // drops the first 25, which are too old
	ask(25, 51, 0)
	ask(0, 25, 5000) // drops some, since there are too many
}
