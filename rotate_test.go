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

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
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
	client := service.admin(t)
	defer client.Close()
	return client.Clients.RotateKey(t.Context(), "app", newKey, options)
}

func TestAKeyIsAddedProvenAndOnlyThenTheOldOneRemoved(t *testing.T) {
	t.Parallel()
	rotation(t, func(t *testing.T, service *selfService, newKey *maskinporten.Key) {
		service.propagation = 100 * time.Second
		var steps []string
		var waited int
		var switched *maskinporten.Key
		err := rotate(t, service, newKey, rotateOptions{
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
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{
			"app check new  [old]", "app room new old [old]", "app add new old [old]", "app prove new old [old new]",
			"app switch new old [old new]", "app remove new old [old new]", "app done new old [new]",
		}, steps); diff != "" {
			t.Errorf("steps (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"GET app", "GET app/jwks", "PUT app/jwks/new", "DELETE app/jwks/old"}, service.taken()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
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
	defer program.Close()
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
				if kids := service.kids("app"); !slices.Equal(kids, []string{"new"}) {
					t.Errorf("kids %v", kids)
				}
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

func TestOnlyAKeyThatExpiredLongAgoMakesRoom(t *testing.T) {
	t.Parallel()
	fill := func(t *testing.T, service *selfService, exp ...time.Duration) {
		for i, d := range exp {
			service.add(t, "app", signingKey(t, 1, fmt.Sprintf("k%d", i)))
			if d != 0 {
				keys := service.clients["app"].keys
				keys[len(keys)-1].jwk.Exp = time.Now().Add(d).Unix()
			}
		}
	}
	rotation(t, func(t *testing.T, service *selfService, newKey *maskinporten.Key) {
		fill(t, service, 0, time.Hour, -time.Hour, 0)
		err := rotate(t, service, newKey, rotateOptions{Old: "old"})
		failed, ok := errors.AsType[*maskinporten.RotateError](err)
		if !ok || failed.Step != maskinporten.RotateRoom || !strings.Contains(err.Error(), "RemoveKey") || len(service.kids("app")) != 5 {
			t.Errorf("error %v, kids %v", err, service.kids("app"))
		}
	})
	rotation(t, func(t *testing.T, service *selfService, newKey *maskinporten.Key) {
		fill(t, service, 0, -48*time.Hour, -72*time.Hour, 0)
		if err := rotate(t, service, newKey, rotateOptions{Old: "old"}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"k0", "k1", "k3", "new"}, service.kids("app")); diff != "" {
			t.Errorf("kids (-want +got):\n%s", diff)
		}
	})
	rotation(t, func(t *testing.T, service *selfService, newKey *maskinporten.Key) {
		fill(t, service, 0, 0, 0, 0)
		service.clients["app"].keys[0].jwk.Exp = time.Now().Add(-48 * time.Hour).Unix() // the old one itself
		if err := rotate(t, service, newKey, rotateOptions{Old: "old"}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"k0", "k1", "k2", "k3", "new"}, service.kids("app")); diff != "" {
			t.Errorf("kids (-want +got):\n%s", diff)
		}
	})
}

func TestTheKeyToRemoveIsNeverGuessed(t *testing.T) {
	t.Parallel()
	t.Run("several others", func(t *testing.T) {
		t.Parallel()
		rotation(t, func(t *testing.T, service *selfService, newKey *maskinporten.Key) {
			service.add(t, "app", signingKey(t, 0, "other"))
			err := rotate(t, service, newKey, rotateOptions{})
			if !errors.Is(err, maskinporten.ErrInvalidArgument) || !strings.Contains(err.Error(), `"old", "other"`) || len(service.kids("app")) != 2 {
				t.Errorf("error %v, kids %v", err, service.kids("app"))
			}
		})
	})
	t.Run("a key that isn't there", func(t *testing.T) {
		t.Parallel()
		rotation(t, func(t *testing.T, service *selfService, newKey *maskinporten.Key) {
			err := rotate(t, service, newKey, rotateOptions{Old: "odl"})
			if !errors.Is(err, maskinporten.ErrInvalidArgument) || !strings.Contains(err.Error(), `"old"`) || len(service.kids("app")) != 1 {
				t.Errorf("error %v, kids %v", err, service.kids("app"))
			}
			service.clients["app"].keys = nil
			err = rotate(t, service, newKey, rotateOptions{Old: "old"})
			if !errors.Is(err, maskinporten.ErrInvalidArgument) || !strings.Contains(err.Error(), "no keys") {
				t.Errorf("error %v", err)
			}
		})
	})
	t.Run("a key that came later", func(t *testing.T) {
		t.Parallel()
		rotation(t, func(t *testing.T, service *selfService, newKey *maskinporten.Key) {
			if err := rotate(t, service, newKey, rotateOptions{}); err != nil {
				t.Fatal(err)
			}
			client := service.admin(t)
			defer client.Close()
			time.Sleep(time.Second)
			later, err := signingKey(t, 0, "later").PublicJWK()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := client.Clients.AddKey(t.Context(), "app", later); err != nil {
				t.Fatal(err)
			}
			if err := rotate(t, service, newKey, rotateOptions{}); err != nil { // the same once more
				t.Fatal(err)
			}
			if kids := service.kids("app"); !slices.Equal(kids, []string{"new", "later"}) {
				t.Errorf("kids %v", kids)
			}
		})
	})
}

func TestAFirstKeyReplacesNone(t *testing.T) {
	t.Parallel()
	rotation(t, func(t *testing.T, service *selfService, newKey *maskinporten.Key) {
		service.clients["app"].keys = nil
		if err := rotate(t, service, newKey, rotateOptions{}); err != nil {
			t.Fatal(err)
		}
		if kids := service.kids("app"); !slices.Equal(kids, []string{"new"}) {
			t.Errorf("kids %v", kids)
		}
	})
}

func TestANewKeyThatHasExpiredIsPostedAgain(t *testing.T) {
	t.Parallel()
	rotation(t, func(t *testing.T, service *selfService, newKey *maskinporten.Key) {
		service.add(t, "app", newKey)
		service.clients["app"].keys[1].jwk.Exp = time.Now().Add(-time.Minute).Unix()
		if err := rotate(t, service, newKey, rotateOptions{Old: "old"}); err != nil {
			t.Fatal(err)
		}
		if calls := service.taken(); !slices.Contains(calls, "PUT app/jwks/new") {
			t.Errorf("calls %v", calls)
		}
	})
}

func TestTheProofTriesEachScopeOfTheClient(t *testing.T) {
	t.Parallel()
	rotation(t, func(t *testing.T, service *selfService, newKey *maskinporten.Key) {
		service.clients["app"].scopes = []string{"difi:revoked", "difi:delegated", "difi:fine"}
		service.refuse = func(clientID, _, scope string) (string, bool) {
			refusal := map[string]string{"difi:revoked": "MP-250", "difi:delegated": "MP-251"}[scope]
			return refusal, clientID == "app" && refusal != ""
		}
		if err := rotate(t, service, newKey, rotateOptions{}); err != nil {
			t.Error(err)
		}
	})
}

func TestARotationThatCannotSucceedIsRefusedBeforeItBegins(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		document string
		scopes   []string
		says     string
	}{
		"deactivated client":      {`"active":false,"integration_type":"maskinporten"`, []string{"difi:api3"}, "reactivate"},
		"login client":            {`"active":true,"integration_type":"idporten"`, []string{"openid"}, "AddKey"},
		"nothing to prove it by":  {`"active":true,"integration_type":"maskinporten"`, nil, "no scopes"},
		"kid used by another key": {`"active":true,"integration_type":"maskinporten"`, []string{"difi:api3"}, "another key"},
	} {
		rotation(t, func(t *testing.T, service *selfService, newKey *maskinporten.Key) {
			service.clients["app"].document, service.clients["app"].scopes = test.document, test.scopes
			if what == "kid used by another key" {
				service.add(t, "app", signingKey(t, 0, "new"))
			}
			err := rotate(t, service, newKey, rotateOptions{Old: "old"})
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s: error %v", what, err)
			}
			for _, call := range service.taken() {
				if !strings.HasPrefix(call, "GET") {
					t.Errorf("%s: sent %s", what, call)
				}
			}
		})
	}
	service := newSelfService(t)
	for what, test := range map[string]struct {
		key *maskinporten.Key
		old string
	}{
		"no key":             {nil, ""},
		"the key as its own": {signingKey(t, 1, "old"), "old"},
	} {
		err := rotate(t, service, test.key, rotateOptions{Old: test.old})
		if !errors.Is(err, maskinporten.ErrInvalidArgument) || len(service.taken()) > 0 {
			t.Errorf("%s: error %v, calls %v", what, err, service.taken())
		}
	}
}

func TestAnAdminClientRotatesItsOwnKeyAndGoesOn(t *testing.T) {
	t.Parallel()
	rotation(t, func(t *testing.T, service *selfService, newKey *maskinporten.Key) {
		service.propagation = time.Minute
		client := service.admin(t)
		defer client.Close()
		if err := client.Clients.RotateKey(t.Context(), "admin", newKey, rotateOptions{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour) // the old tokens and the old key are gone everywhere
		if _, err := client.Clients.Get(t.Context(), "app"); err != nil {
			t.Errorf("signed in with the old key: %v", err)
		}
		if kids := service.kids("admin"); !slices.Equal(kids, []string{"new"}) {
			t.Errorf("kids %v", kids)
		}
	})
}

// source is a key source that can be moved to another key.
type source struct{ key *maskinporten.Key }

func (s *source) Key(context.Context) (*maskinporten.Key, error) { return s.key, nil }

func TestAnAdminClientWithAKeySourceMustHaveMovedIt(t *testing.T) {
	t.Parallel()
	rotation(t, func(t *testing.T, service *selfService, newKey *maskinporten.Key) {
		keys := &source{signingKey(t, 0, "test-key")}
		client := service.adminWith(t, maskinporten.Credentials{ClientID: "admin", KeySource: keys})
		defer client.Close()
		err := client.Clients.RotateKey(t.Context(), "admin", newKey, rotateOptions{})
		failed, ok := errors.AsType[*maskinporten.RotateError](err)
		if !ok || failed.Step != maskinporten.RotateSwitch || !strings.Contains(err.Error(), "KeySource") {
			t.Fatalf("error %v", err)
		}
		if kids := service.kids("admin"); !slices.Equal(kids, []string{"test-key", "new"}) {
			t.Errorf("kids %v", kids)
		}
		err = client.Clients.RotateKey(t.Context(), "admin", newKey, rotateOptions{
			Switch: func(_ context.Context, key *maskinporten.Key) error { keys.key = key; return nil },
		})
		if kids := service.kids("admin"); err != nil || !slices.Equal(kids, []string{"new"}) {
			t.Errorf("kids %v, error %v", kids, err)
		}
	})
}

func TestACancelledRotationEndsAndKeepsTheOldKey(t *testing.T) {
	t.Parallel()
	rotation(t, func(t *testing.T, service *selfService, newKey *maskinporten.Key) {
		service.propagation = time.Hour
		client := service.admin(t)
		defer client.Close()
		ctx, cancel := context.WithCancel(t.Context())
		started := time.Now()
		time.AfterFunc(90*time.Second, cancel)
		err := client.Clients.RotateKey(ctx, "app", newKey, rotateOptions{})
		if !errors.Is(err, context.Canceled) || time.Since(started) != 90*time.Second {
			t.Errorf("after %v, error %v", time.Since(started), err)
		}
		if !works(t, service, signingKey(t, 1, "old")) {
			t.Error("the old key doesn't work")
		}
	})
}
