package maskinporten_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

type rotateOptions = maskinporten.RotateOptions

// rotation runs in a bubble, where three minutes pass at once.
func rotation(t *testing.T, test func(t *testing.T, service *selfService, newKey *maskinporten.Key)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t, newSelfService(t), signingKey(t, 2, "new"))
	})
}

func rotate(t *testing.T, service *selfService, newKey *maskinporten.Key, options rotateOptions) error {
	t.Helper()
	return service.admin(t).Clients.RotateKey(t.Context(), "app", newKey, options)
}

func TestAKeyIsAddedProvenAndOnlyThenTheOldOneRemoved(t *testing.T) {
	t.Parallel()
	rotation(t, func(t *testing.T, service *selfService, newKey *maskinporten.Key) {
		service.propagation = 100 * time.Second
		var steps []string
		var waited int
		var switched *maskinporten.Key
		check.OK(t, rotate(t, service, newKey, rotateOptions{
			Progress: func(p maskinporten.RotateProgress) {
				if p.Wait.Attempt > 0 {
					waited++
					if p.Step != maskinporten.RotateProve || !errors.Is(p.Wait.Err, maskinporten.ErrUnknownKey) {
						t.Errorf("waiting %+v", p)
					}
					return
				}
				steps = append(steps, fmt.Sprint(p.ClientID, " ", p.Step, " ", p.NewKey, " ", p.OldKey, " ", service.kids("app")))
			},
			Switch: func(_ context.Context, key *maskinporten.Key) error { switched = key; return nil },
		}))
		check.Same(t, []string{
			"app check new  [old]", "app room new old [old]", "app add new old [old]", "app prove new old [old new]",
			"app switch new old [old new]", "app remove new old [old new]", "app done new old [new]",
		}, steps, "steps")
		check.Same(t, []string{"GET app", "GET app/jwks", "PUT app/jwks/new", "DELETE app/jwks/old"}, service.taken(), "calls")
		if waited < 5 || switched != newKey {
			t.Errorf("waited %d times, switched to %v", waited, switched)
		}
	})
}

// works reports whether a token can be had with a key, as the token endpoint
// knows it now.
func works(t *testing.T, service *selfService, key *maskinporten.Key) bool {
	t.Helper()
	program := service.adminWith(t, maskinporten.Credentials{ClientID: "app", Key: key})
	_, err := program.Authenticator().Token(t.Context(), maskinporten.TokenRequest{Scopes: []string{"difi:api3"}})
	return err == nil
}

func TestARotationKilledAtAnyRequestLeavesAWorkingKeyAndCanBeRunAgain(t *testing.T) {
	t.Parallel()
	for _, obeyed := range []bool{false, true} {
		for _, old := range []string{"", "old"} {
			for dies := 1; ; dies++ {
				finished := false
				rotation(t, func(t *testing.T, service *selfService, newKey *maskinporten.Key) {
					service.propagation = 5 * time.Second
					service.diesAt, service.obeyed = dies, obeyed
					err := rotate(t, service, newKey, rotateOptions{Old: old, MaxWait: time.Minute})
					finished = service.requests < dies
					what := fmt.Sprintf("killed at request %d (carried out: %t, Old: %q)", dies, obeyed, old)
					if finished != (err == nil) {
						t.Fatalf("%s: error %v", what, err)
					}
					service.reborn()
					for range 7 { // seconds, until everything is known
						if !works(t, service, signingKey(t, 1, "old")) && !works(t, service, newKey) {
							t.Fatalf("%s: neither key works; %v are registered", what, service.kids("app"))
						}
						time.Sleep(time.Second)
					}
					if err := rotate(t, service, newKey, rotateOptions{Old: old}); err != nil {
						t.Fatalf("%s: again: %v", what, err)
					}
					if kids := service.kids("app"); !slices.Equal(kids, []string{"new"}) || !works(t, service, newKey) {
						t.Fatalf("%s: run again, the client has %v", what, kids)
					}
				})
				if finished {
					if dies < 8 {
						t.Errorf("the rotation took %d requests only", dies)
					}
					break
				}
			}
		}
	}
}

func TestOneLostAnswerDoesNotStopARotation(t *testing.T) {
	t.Parallel()
	for _, obeyed := range []bool{false, true} {
		for lost := range 9 {
			rotation(t, func(t *testing.T, service *selfService, newKey *maskinporten.Key) {
				service.diesAt, service.obeyed, service.once = lost+1, obeyed, true
				if err := rotate(t, service, newKey, rotateOptions{Old: "old"}); err != nil {
					t.Errorf("without the answer to request %d (carried out: %t): %v", lost+1, obeyed, err)
				}
				check.Same(t, []string{"new"}, service.kids("app"), "kids")
			})
		}
	}
}

func TestAFailedRotationSaysWhereThingsStand(t *testing.T) {
	t.Parallel()
	mine := errors.New("mine")
	for what, test := range map[string]struct {
		prepare func(*selfService)
		options rotateOptions
		step    maskinporten.RotateStep
		reason  error
		stands  string
		kids    []string
	}{
		"unknown client": {
			func(s *selfService) { delete(s.clients, "app") },
			rotateOptions{}, maskinporten.RotateCheck, maskinporten.ErrNotFound, "nothing that works was changed", nil,
		},
		"the new key never gets known": {
			func(s *selfService) { s.propagation = time.Hour }, rotateOptions{}, maskinporten.RotateProve,
			maskinporten.ErrUnknownKey, `the old key "old" works as before; the new key "new" is registered`, []string{"old", "new"},
		},
		"the proof is hopeless": {
			func(s *selfService) {
				s.refuse = func(_, kid, _ string) (string, bool) { return "MP-124", kid == "new" }
			}, rotateOptions{}, maskinporten.RotateProve, nil, "has not got a token yet", []string{"old", "new"},
		},
		"the scope to prove with cannot be had": {
			nil, rotateOptions{Request: maskinporten.TokenRequest{Scopes: []string{"difi:other"}}}, maskinporten.RotateProve,
			maskinporten.ErrScopeNotRegistered, "set RotateOptions.Request", []string{"old", "new"},
		},
		"the switch fails": {
			nil, rotateOptions{Switch: func(context.Context, *maskinporten.Key) error { return mine }}, maskinporten.RotateSwitch,
			mine, `the old key "old" and the new key "new" both work`, []string{"old", "new"},
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			rotation(t, func(t *testing.T, service *selfService, newKey *maskinporten.Key) {
				if test.prepare != nil {
					test.prepare(service)
				}
				err := rotate(t, service, newKey, test.options)
				failed, ok := errors.AsType[*maskinporten.RotateError](err)
				if !ok || failed.Step != test.step || failed.ClientID != "app" || failed.NewKey != "new" {
					t.Fatalf("error %#v, want one at %s", err, test.step)
				}
				if test.reason != nil && !errors.Is(err, test.reason) || !strings.Contains(err.Error(), test.stands) || !strings.Contains(err.Error(), "safe to run again") {
					t.Errorf("error %v", err)
				}
				if test.kids != nil {
					if kids := service.kids("app"); !slices.Equal(kids, test.kids) || !works(t, service, signingKey(t, 1, "old")) {
						t.Errorf("the client has %v, or the old key doesn't work", kids)
					}
				}
			})
		})
	}
}

func TestEveryStepSaysWhichKeyWorks(t *testing.T) {
	t.Parallel()
	for step, want := range map[maskinporten.RotateStep]string{
		maskinporten.RotateCheck:  "nothing that works was changed",
		maskinporten.RotateRoom:   "nothing that works was changed",
		maskinporten.RotateAdd:    `the old key "a" works as before; the new key "b" may be registered`,
		maskinporten.RotateProve:  `the old key "a" works as before; the new key "b" is registered, but has not got a token yet`,
		maskinporten.RotateSwitch: `the old key "a" and the new key "b" both work`,
		maskinporten.RotateRemove: `the new key "b" works; the old key "a" may still be registered`,
	} {
		failed := &maskinporten.RotateError{Step: step, OldKey: "a", NewKey: "b", Err: errors.New("x")}
		if got := failed.Standing(); got != want {
			t.Errorf("%s: %s", step, got)
		}
	}
}
