package token_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/maskinporten-go/maskinporten/internal/retry"
	"github.com/maskinporten-go/maskinporten/internal/token"
)

// ages are those at which a token is treated in another way.
type ages struct{ renewed, waitedFor, dead time.Duration }

var agesOf = map[string]struct {
	life    int
	min     time.Duration // that the engine or the request wants
	request bool
	ages    ages
}{
	"120 s":                              {120, 0, false, ages{90 * time.Second, 110 * time.Second, 117 * time.Second}},
	"60 s":                               {60, 0, false, ages{45 * time.Second, 50 * time.Second, 57 * time.Second}},
	"8 s":                                {8, 0, false, ages{6 * time.Second, 6 * time.Second, 7200 * time.Millisecond}},
	"20 s":                               {20, 0, false, ages{15 * time.Second, 15 * time.Second, 18 * time.Second}},
	"an hour":                            {3600, 0, false, ages{3570 * time.Second, 3590 * time.Second, 3597 * time.Second}},
	"120 s, a minute wanted":             {120, time.Minute, false, ages{40 * time.Second, 60 * time.Second, 117 * time.Second}},
	"120 s, a minute wanted by one":      {120, time.Minute, true, ages{40 * time.Second, 60 * time.Second, 117 * time.Second}},
	"120 s, an hour wanted":              {120, time.Hour, false, ages{10 * time.Second, 30 * time.Second, 117 * time.Second}},
	"120 s, less than as usual":          {120, time.Second, true, ages{90 * time.Second, 110 * time.Second, 117 * time.Second}},
	"20 s, twelve wanted":                {20, 12 * time.Second, false, ages{8 * time.Second, 8 * time.Second, 18 * time.Second}},
	"60 s, three quarters wanted by one": {60, 45 * time.Second, true, ages{10 * time.Second, 15 * time.Second, 57 * time.Second}},
}

// at plays a token of this life to an age, and tells what was served then, and
// after how many requests. The second request takes a tenth of a second.
func at(t *testing.T, name string, age time.Duration, second func(int) answer) (served string, requests int, err error) {
	t.Helper()
	row := agesOf[name]
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{answers: func(n int) answer {
			if n == 1 {
				return good("1", row.life)
			}
			return second(row.life)
		}}
		request := forX
		engine := e.start(t, func(c *token.Config) {
			if row.request {
				request.MinLife = row.min
			} else {
				c.MinLife = row.min
			}
		})
		mustToken(t, engine, request)
		time.Sleep(age)
		var got *oauth2.Token
		if got, err = engine.Token(t.Context(), request); err == nil {
			served = got.AccessToken
		}
		synctest.Wait()
		requests = e.count()
	})
	return served, requests, err
}

func TestATokenIsRenewedWaitedForAndDroppedAtTheAgesOfItsLife(t *testing.T) {
	t.Parallel()
	fresh := func(life int) answer { a := good("2", life); a.after = 100 * time.Millisecond; return a }
	failing := func(int) answer { return refused }
	for name, row := range agesOf {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, step := range []struct {
				what     string
				age      time.Duration
				second   func(int) answer
				served   string
				requests int
			}{
				{"fresh", row.ages.renewed - 1, fresh, "1", 1},
				{"renewed in the background", row.ages.waitedFor - 1, fresh, "1", 2},
				{"waited for", row.ages.waitedFor, fresh, "2", 2},
				{"served where no better comes", row.ages.dead - 1, failing, "1", 2},
				{"dead", row.ages.dead, failing, "", 2},
				{"replaced", row.ages.dead, fresh, "2", 2},
			} {
				if step.what == "renewed in the background" && row.ages.renewed == row.ages.waitedFor {
					continue
				}
				served, requests, err := at(t, name, step.age, step.second)
				if served != step.served || requests != step.requests || (err != nil) != (step.served == "") {
					t.Errorf("%s: %q after %d requests, error %v", step.what, served, requests, err)
				}
			}
			if _, requests, _ := at(t, name, row.ages.renewed, fresh); requests != 2 {
				t.Errorf("not renewed at %v", row.ages.renewed)
			}
		})
	}
}

func TestHalfOfWhatIsLeftIsWaitedForABetterToken(t *testing.T) {
	t.Parallel()
	for deadline, want := range map[time.Duration]time.Duration{0: 3 * time.Second, 2 * time.Second: time.Second, time.Hour: 3 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			e := &endpoint{answers: func(n int) answer {
				if n == 1 {
					return good("1", 120)
				}
				return answer{after: 20 * time.Second}
			}}
			engine := e.start(t)
			mustToken(t, engine, forX)
			time.Sleep(111 * time.Second) // six seconds before its end
			ctx := t.Context()
			if deadline > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, deadline)
				defer cancel()
			}
			began := time.Now()
			got, err := engine.Token(ctx, forX)
			if err != nil || got.AccessToken != "1" || time.Since(began) != want {
				t.Errorf("with %v: after %v, error %v", deadline, time.Since(began), err)
			}
		})
	}
}

// setBack is a clock that can be moved, and that is of the wall alone.
type setBack struct {
	mu sync.Mutex
	by time.Duration
}

func (c *setBack) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Round(0).Add(c.by)
}

func TestAClockThatRunsAheadOrIsSetBackByThreeSecondsEndsATokensLife(t *testing.T) {
	t.Parallel()
	for by, requests := range map[time.Duration]int{-3*time.Second + 1: 1, -3 * time.Second: 2, -time.Hour: 2, time.Minute: 1, 110 * time.Second: 2, 8 * time.Hour: 2} {
		synctest.Test(t, func(t *testing.T) {
			var clock setBack
			e := &endpoint{}
			engine := e.start(t, func(c *token.Config) { c.Clock = token.NewClock(clock.now, c.Log) })
			mustToken(t, engine, forX)
			clock.mu.Lock()
			clock.by = by
			clock.mu.Unlock()
			mustToken(t, engine, forX)
			if e.count() != requests {
				t.Errorf("by %v: %d requests", by, e.count())
			}
		})
	}
}

func TestRenewalsThatFailBackOff(t *testing.T) {
	t.Parallel()
	type step struct {
		after    time.Duration
		requests int
	}
	for asked, steps := range map[string][]step{
		"":   {{0, 2}, {400*time.Millisecond - 1, 2}, {1, 3}, {800*time.Millisecond - 1, 3}, {1, 4}}, // twice as long each time
		"20": {{0, 2}, {20*time.Second - 1, 2}, {1, 3}},                                              // as long as the endpoint wants
	} {
		synctest.Test(t, func(t *testing.T) {
			var log logged
			e := &endpoint{answers: func(n int) answer {
				if n == 1 {
					return good("1", 120)
				}
				return answer{status: 400, body: refused.body, header: map[string]string{"Retry-After": asked}}
			}}
			engine := e.start(t, func(c *token.Config) {
				c.Backoff, c.Log = &retry.Backoff{Random: func() float64 { return 1 }}, log.logger()
			})
			mustToken(t, engine, forX)
			time.Sleep(90 * time.Second)
			for _, step := range steps {
				time.Sleep(step.after)
				mustToken(t, engine, forX)
				if synctest.Wait(); e.count() != step.requests {
					t.Errorf("asked for %q, %v later: %d requests, want %d", asked, step.after, e.count(), step.requests)
				}
			}
			if n := strings.Count(log.String(), `the old one is used while it lives" client_id=app error=`); n != e.count()-1 {
				t.Errorf("%d warnings of %d failures", n, e.count()-1)
			}
		})
	}
}

func TestATokenThatReplacedARejectedOneStaysForTenSeconds(t *testing.T) {
	t.Parallel()
	for age, kept := range map[time.Duration]bool{10*time.Second - 1: true, 10 * time.Second: false} {
		synctest.Test(t, func(t *testing.T) {
			e := &endpoint{}
			source := e.start(t).Source(forX)
			ask := func() *oauth2.Token {
				got, err := source.Token(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				return got
			}
			first := ask()
			if !source.Forget(&oauth2.Token{AccessToken: "another"}) || ask() != first {
				t.Error("another was forgotten")
			}
			if !source.Forget(first) {
				t.Error("the first isn't forgotten at once")
			}
			second := ask()
			if !source.Forget(first) || ask() != second {
				t.Error("one that is gone already was forgotten once more")
			}
			time.Sleep(age)
			if source.Forget(second) == kept || (ask() == second) != kept {
				t.Errorf("at %v: kept is not %t", age, kept)
			}
		})
	}
}

func TestATokenRequestTakesThirtySecondsAtMost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{answers: func(int) answer { return answer{after: time.Hour} }}
		began := time.Now()
		_, err := e.start(t).Token(t.Context(), forX)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 30*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

func TestWhoWaitsIsToldWhenTheEngineCloses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{answers: func(int) answer { return answer{after: 10 * time.Second} }}
		engine := e.start(t)
		time.AfterFunc(time.Second, engine.Close)
		if _, err := engine.Token(t.Context(), forX); !errors.Is(err, token.ErrClosed) {
			t.Errorf("error %v", err)
		}
		if _, err := engine.Token(t.Context(), forX); !errors.Is(err, token.ErrClosed) || e.count() != 1 {
			t.Errorf("error %v, %d requests", err, e.count())
		}
	})
}

func TestACallerThatHasLeftAsksForNothing(t *testing.T) {
	t.Parallel()
	e := &endpoint{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.start(t).Token(ctx, forX); !errors.Is(err, context.Canceled) || e.count() != 0 {
		t.Errorf("error %v, %d requests", err, e.count())
	}
}

func TestOtherCredentialsAreUsedByAllAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{answers: func(n int) answer { a := good(fmt.Sprint(n), 120); a.after = 10 * time.Second; return a }}
		engine := e.start(t)
		source := engine.Source(forX)
		time.AfterFunc(time.Second, func() { engine.Use(holding("other", bare{name: "k2"})) })
		got, err := source.Token(t.Context())
		if err != nil || got.AccessToken != "2" || e.last()["iss"] != "other" || engine.ClientID() != "other" {
			t.Errorf("who waited got %v, %v, of %v", got, err, e.last()["iss"])
		}
		if again, err := source.Token(t.Context()); err != nil || again != got {
			t.Errorf("then %v, %v", again, err)
		}
		for what, ask := range map[string]func(context.Context) (*oauth2.Token, error){
			"a source": source.Token, "the engine": func(ctx context.Context) (*oauth2.Token, error) { return engine.Token(ctx, forX) },
		} {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			engine.Use(holding("third", bare{}))
			time.AfterFunc(time.Second, func() { engine.Use(holding("fourth", bare{})) })
			began := time.Now()
			if _, err := ask(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 5*time.Second {
				t.Errorf("who leaves %s after %v gets %v", what, time.Since(began), err)
			}
			cancel()
		}
	})
}

func TestAnObserverLearnsWhatWasServedAndWhoWaited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var events []token.Event
		var log logged
		e := &endpoint{answers: func(n int) answer {
			if n == 3 {
				return refused
			}
			a := good(fmt.Sprint(n), 120)
			a.after = time.Second
			return a
		}}
		engine := e.start(t, func(c *token.Config) {
			c.Observe, c.Log = func(_ context.Context, v token.Event) { events = append(events, v) }, log.logger()
		})
		for range 4 {
			mustToken(t, engine, forX)
		}
		time.Sleep(100 * time.Second)
		mustToken(t, engine, forX) // renewed
		time.Sleep(time.Hour)
		_, _ = engine.Token(t.Context(), forX)
		same := token.Event{ClientID: "app", Scope: "x", Attempts: 1, Duration: time.Second, Life: 2 * time.Minute}
		first, second, third := same, same, same
		first.Waited = 1
		second.Renewed, second.Served = true, 4
		third.Waited, third.Duration, third.Life = 1, 0, 0
		for i, want := range []token.Event{first, second, third} {
			got := events[i]
			if (got.Err != nil) != (i == 2) {
				t.Errorf("error %v", got.Err)
			}
			if got.Err = nil; got != want {
				t.Errorf("event %+v, want %+v", got, want)
			}
		}
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		if len(lines) != 3 || !strings.Contains(lines[0], "life=2m0s") || strings.Contains(lines[0], "error=") || !strings.Contains(lines[2], "error=") || strings.Contains(lines[2], "life=") {
			t.Errorf("logged %q", lines)
		}
	})
}

func TestWithoutAnObserverNothingIsTold(t *testing.T) {
	t.Parallel()
	engine := (&endpoint{}).start(t, func(c *token.Config) { c.Log = slog.New(slog.DiscardHandler) })
	for range 2 {
		mustToken(t, engine, forX)
	}
}
