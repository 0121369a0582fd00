package mockserver_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// waits are refusals that may pass, and those that won't, which say why.
var waits = map[string]struct {
	change func(*testing.T, *scene)
	ask    func(*scene) (maskinporten.Credentials, maskinporten.TokenRequest)
	is     error
	why    string // empty: it is waited for
}{
	"no such client": {
		ask: func(s *scene) (maskinporten.Credentials, maskinporten.TokenRequest) {
			return maskinporten.Credentials{ClientID: "nobody", Key: s.app.Key}, api()
		}, is: maskinporten.ErrClientNotFound, why: "there is no such client",
	},
	"a client that is deactivated": {
		change: func(t *testing.T, s *scene) { check.OK(t, s.consumer.Clients.Deactivate(t.Context(), s.app.ClientID)) },
		is:     maskinporten.ErrClientNotFound, why: "the client is deactivated",
	},
	"a key that is not there": {
		ask: func(s *scene) (maskinporten.Credentials, maskinporten.TokenRequest) {
			return maskinporten.Credentials{ClientID: s.app.ClientID, Key: s.srv.Key(4, "k4")}, api()
		}, is: maskinporten.ErrUnknownKey, why: `has no key "k4"`,
	},
	"a scope that the client doesn't have": {
		ask: func(s *scene) (maskinporten.Credentials, maskinporten.TokenRequest) {
			return s.app, maskinporten.TokenRequest{Scopes: []string{"difi:other"}}
		}, is: maskinporten.ErrScopeNotRegistered, why: `doesn't have the scope "difi:other"`,
	},
	"an access that was taken back": {
		change: func(t *testing.T, s *scene) {
			check.Got(s.provider.Access.Revoke(t.Context(), "difi:api", nav))(t)
		}, is: maskinporten.ErrAccessNotGranted, why: "has no access to difi:api",
	},
	"a scope that is retired": {
		change: func(t *testing.T, s *scene) {
			time.Sleep(24 * time.Hour)
			check.Got(s.provider.Scopes.Deactivate(t.Context(), "difi:api"))(t)
		}, is: maskinporten.ErrAccessNotGranted, why: "was given on 2000-01-01",
	},
	"a scope that is retired, and whose access is new": {
		change: func(t *testing.T, s *scene) {
			check.Got(s.provider.Scopes.Deactivate(t.Context(), "difi:api"))(t)
		}, is: maskinporten.ErrAccessNotGranted,
	},
	"no delegation, which isn't to be seen": {
		ask: func(s *scene) (maskinporten.Credentials, maskinporten.TokenRequest) {
			return s.app, maskinporten.TokenRequest{Scopes: []string{"difi:api"}, ConsumerOrg: digdir}
		}, is: maskinporten.ErrNotDelegated,
	},
}

func api() maskinporten.TokenRequest {
	return maskinporten.TokenRequest{Scopes: []string{"difi:api"}}
}

func TestARefusalThatWontPassIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	for what, test := range waits {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newScene(t)
				if test.change != nil {
					test.change(t, s)
				}
				credentials, request := s.app, api()
				if test.ask != nil {
					credentials, request = test.ask(s)
				}
				began := time.Now()
				_, err := s.consumer.Clients.WaitReady(t.Context(), credentials, request, maskinporten.WaitOptions{})
				took := time.Since(began)
				if !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.why) {
					t.Errorf("%v", err)
				}
				if waited := errors.Is(err, context.DeadlineExceeded); waited != (test.why == "") || !waited && took > 5*time.Second || waited && took != 16*time.Minute {
					t.Errorf("after %v: %v", took, err)
				}
			})
		})
	}
}

// Somebody who may only see to keys can't tell, and so waits.
func TestWhoMayNotLookWhyWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		check.Got(s.provider.Access.Revoke(t.Context(), "difi:api", nav))(t)
		credentials := s.srv.AdminCredentials(maskinporten.Test, s.srv.AddOrganization(nav, "Arbeids- og velferdsetaten"), "idporten:dcr.write")
		admin := check.Got(maskinporten.New(s.srv.Endpoints(maskinporten.Test), credentials, s.srv.ClientOptions()...))(t)
		defer func() { _ = admin.Close() }()
		_, err := admin.Clients.WaitReady(t.Context(), s.app, api(), maskinporten.WaitOptions{MaxWait: time.Minute})
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, maskinporten.ErrAccessNotGranted) {
			t.Errorf("%v", err)
		}
	})
}

func TestARotationEndsEarlyWhereNoScopeWillBeHad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, mockserver.WithPropagation(propagation))
		time.Sleep(propagation)
		check.Got(s.provider.Access.Revoke(t.Context(), "difi:api", nav))(t)
		began := time.Now()
		err := s.consumer.Clients.RotateKey(t.Context(), s.app.ClientID, s.srv.Key(1, "k1"), maskinporten.RotateOptions{})
		failure, ok := errors.AsType[*maskinporten.RotateError](err)
		if took := time.Since(began); !ok || failure.Step != maskinporten.RotateProve || !errors.Is(err, maskinporten.ErrAccessNotGranted) || took > propagation+time.Minute {
			t.Errorf("after %v: %v", took, err)
		}
		if n := strings.Count(err.Error(), "maskinporten:"); n != 1 || !strings.Contains(err.Error(), "has no access to difi:api") {
			t.Errorf("%v", err)
		}
		time.Sleep(propagation)
		check.Got(s.provider.Access.Grant(t.Context(), "difi:api", nav))(t)
		if err := s.consumer.Clients.RotateKey(t.Context(), s.app.ClientID, s.srv.Key(1, "k1"), maskinporten.RotateOptions{Old: "k0"}); err != nil {
			t.Errorf("run again: %v", err)
		}
	})
}
