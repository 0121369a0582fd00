package mockserver_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

const propagation = 2 * time.Minute

func TestChangesReachTheTokenEndpointWithTime(t *testing.T) {
	t.Parallel()
	s := newScene(t, mockserver.WithPropagation(propagation))
	wait := func() { s.srv.Clock().Advance(propagation) }
	s.asks(t, s.app, maskinporten.ErrClientNotFound) // a new client
	s.srv.Clock().Advance(propagation - time.Minute)
	s.asks(t, s.app, maskinporten.ErrClientNotFound)
	wait()
	s.asks(t, s.app, nil)

	added := maskinporten.Credentials{ClientID: s.app.ClientID, Key: s.srv.Key(1, "k1")}
	check.Got(s.consumer.Clients.AddKey(t.Context(), s.app.ClientID, check.Got(added.Key.PublicJWK())(t)))(t)
	s.asks(t, added, maskinporten.ErrUnknownKey)
	s.asks(t, s.app, nil)
	wait()
	s.asks(t, added, nil)

	check.Got(s.provider.Access.Revoke(t.Context(), "difi:api", "889640782"))(t)
	s.asks(t, s.app, nil)
	wait()
	s.asks(t, s.app, maskinporten.ErrAccessNotGranted)
	check.Got(s.provider.Access.Grant(t.Context(), "difi:api", "889640782"))(t)
	s.asks(t, s.app, maskinporten.ErrAccessNotGranted)
	wait()
	s.asks(t, s.app, nil)

	check.OK(t, s.consumer.Clients.RemoveKey(t.Context(), s.app.ClientID, "k0"))
	s.asks(t, s.app, nil)
	wait()
	s.asks(t, s.app, maskinporten.ErrUnknownKey)
}

// Signing somebody in by the Go API must not push other changes on.
func TestNewAdminClientHastensNobodyElse(t *testing.T) {
	t.Parallel()
	s := newScene(t, mockserver.WithPropagation(propagation))
	other := s.srv.Client(s.srv.AddOrganization("910753614", "Leverandøren"))
	check.Got(maskinporten.Collect(other.Clients.All(t.Context(), maskinporten.ClientFilter{})))(t)
	s.asks(t, s.app, maskinporten.ErrClientNotFound)
}

func TestPropagationFollowsTheClockOfABubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, mockserver.WithPropagation(propagation))
		began := time.Now()
		if _, err := s.consumer.Clients.WaitReady(t.Context(), s.app, maskinporten.TokenRequest{Scopes: []string{"difi:api"}}, maskinporten.WaitOptions{}); err != nil {
			t.Error(err)
		}
		if waited := time.Since(began); waited < propagation || waited > propagation+15*time.Second {
			t.Errorf("waited %v", waited)
		}
	})
}
