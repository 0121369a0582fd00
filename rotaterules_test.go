package maskinporten_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

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
		check.OK(t, rotate(t, service, newKey, rotateOptions{Old: "old"}))
		check.Same(t, []string{"k0", "k1", "k3", "new"}, service.kids("app"), "kids")
	})
	rotation(t, func(t *testing.T, service *selfService, newKey *maskinporten.Key) {
		fill(t, service, 0, 0, 0, 0)
		service.clients["app"].keys[0].jwk.Exp = time.Now().Add(-48 * time.Hour).Unix() // the old one itself
		check.OK(t, rotate(t, service, newKey, rotateOptions{Old: "old"}))
		check.Same(t, []string{"k0", "k1", "k2", "k3", "new"}, service.kids("app"), "kids")
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
			check.OK(t, rotate(t, service, newKey, rotateOptions{}))
			client := service.admin(t)
			time.Sleep(time.Second)
			later := check.Got(signingKey(t, 0, "later").PublicJWK())(t)
			check.Got(client.Clients.AddKey(t.Context(), "app", later))(t)
			if err := rotate(t, service, newKey, rotateOptions{}); err != nil { // the same once more
				t.Fatal(err)
			}
			check.Same(t, []string{"new", "later"}, service.kids("app"), "kids")
		})
	})
}

func TestAFirstKeyReplacesNone(t *testing.T) {
	t.Parallel()
	rotation(t, func(t *testing.T, service *selfService, newKey *maskinporten.Key) {
		service.clients["app"].keys = nil
		check.OK(t, rotate(t, service, newKey, rotateOptions{}))
		check.Same(t, []string{"new"}, service.kids("app"), "kids")
	})
}

func TestANewKeyThatHasExpiredIsPostedAgain(t *testing.T) {
	t.Parallel()
	rotation(t, func(t *testing.T, service *selfService, newKey *maskinporten.Key) {
		service.add(t, "app", newKey)
		service.clients["app"].keys[1].jwk.Exp = time.Now().Add(-time.Minute).Unix()
		check.OK(t, rotate(t, service, newKey, rotateOptions{Old: "old"}))
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
		check.OK(t, rotate(t, service, newKey, rotateOptions{}))
	})
}

func TestAnAccessThatWasJustGrantedIsWaitedFor(t *testing.T) {
	t.Parallel()
	for _, lasts := range []time.Duration{90 * time.Second, 15 * time.Minute} {
		rotation(t, func(t *testing.T, service *selfService, newKey *maskinporten.Key) {
			known := time.Now().Add(lasts)
			service.clients["app"].scopes = []string{"difi:fresh", "difi:delegated"}
			service.refuse = func(clientID, _, scope string) (string, bool) {
				refusal := map[string]string{"difi:fresh": "MP-250", "difi:delegated": "MP-251"}[scope]
				if refusal == "MP-250" && time.Now().After(known) {
					refusal = ""
				}
				return refusal, clientID == "app" && refusal != ""
			}
			if err := rotate(t, service, newKey, rotateOptions{}); err != nil {
				t.Errorf("after %v: %v", lasts, err)
			}
			check.Same(t, []string{"new"}, service.kids("app"), "kids, ", lasts)
		})
	}
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
		check.OK(t, client.Clients.RotateKey(t.Context(), "admin", newKey, rotateOptions{}))
		time.Sleep(time.Hour) // the old tokens and the old key are gone everywhere
		if _, err := client.Clients.Get(t.Context(), "app"); err != nil {
			t.Errorf("signed in with the old key: %v", err)
		}
		check.Same(t, []string{"new"}, service.kids("admin"), "kids")
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
		err := client.Clients.RotateKey(t.Context(), "admin", newKey, rotateOptions{})
		failed, ok := errors.AsType[*maskinporten.RotateError](err)
		if !ok || failed.Step != maskinporten.RotateSwitch || !strings.Contains(err.Error(), "KeySource") {
			t.Fatalf("error %v", err)
		}
		check.Same(t, []string{"test-key", "new"}, service.kids("admin"), "kids")
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
