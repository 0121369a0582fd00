package issuer_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

func TestAGrantCanBeUsedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	grant := w.good(t, object{"jti": "once"})
	granted(t, w.ask(t, grant))
	refused(t, w.ask(t, grant), usedBefore)
	refused(t, w.ask(t, w.good(t, object{"jti": "once", "scope": "difi:b"})), usedBefore)
}

func TestTheJTIIsTheClientsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.client(t, consumer, registry.ClientFields{ClientID: "second", Scopes: []string{"difi:a"}})
	w.key(t, consumer, "second", kid, appKey, "RS256")
	granted(t, w.ask(t, w.good(t, object{"jti": "shared"})))
	granted(t, w.ask(t, w.good(t, object{"jti": "shared", "iss": "second"})))
}

func TestAGrantWithoutAJTICanBeUsedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, grant := range []string{w.good(t, object{"jti": nil}), w.good(t, object{"jti": ""})} {
		granted(t, w.ask(t, grant))
		granted(t, w.ask(t, grant))
	}
}

func TestARefusedGrantSpendsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check.OK(t, w.issuer.SetConsent(issuer.Consent{ID: "c1"}))
	detail := object{"type": "urn:altinn:consent", "id": "c1", "from": "somebody"}
	grant := w.good(t, object{"jti": "once", "authorization_details": []any{detail}})
	w.revoke(t, "difi:a")
	refused(t, w.ask(t, grant), noAccess, "difi:a")
	refused(t, w.ask(t, w.good(t, object{"jti": "once", "scope": "difi:b", "authorization_details": []any{object{}}})), unknownType, "")
	w.grant(t, "difi:a", consumerNo)
	granted(t, w.ask(t, grant))
}

func TestASpentJTIIsForgottenWhenItsGrantHasExpired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := dawn.Unix()
	granted(t, w.ask(t, w.good(t, object{"jti": "once", "iat": now, "exp": now + 60})))
	w.advance(59 * time.Second)
	refused(t, w.ask(t, w.good(t, object{"jti": "once"})), usedBefore)
	w.advance(time.Second)
	granted(t, w.ask(t, w.good(t, object{"jti": "once"})))
}

func TestASpentJTIIsRememberedThroughout(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := dawn.Unix()
	granted(t, w.ask(t, w.good(t, object{"jti": "long", "iat": now + 10, "exp": now + 130})))
	for second := range 129 { // others come and go
		w.advance(time.Second)
		if second%10 == 0 {
			granted(t, w.ask(t, w.good(t, nil)))
		}
	}
	refused(t, w.ask(t, w.good(t, object{"jti": "long"})), usedBefore)
	w.advance(time.Second)
	granted(t, w.ask(t, w.good(t, object{"jti": "long"})))
}

func TestAClockPutBackDoesNotForget(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	granted(t, w.ask(t, w.good(t, object{"jti": "once"})))
	w.advance(-time.Hour)
	granted(t, w.ask(t, w.good(t, nil)))
	refused(t, w.ask(t, w.good(t, object{"jti": "once"})), usedBefore)
}

func TestAResetForgetsSpentGrants(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	grant := w.good(t, nil)
	granted(t, w.ask(t, grant))
	w.issuer.Reset()
	granted(t, w.ask(t, grant))
}

// gate holds every request at the look for access until all have come.
type gate struct {
	issuer.Registry
	missing *sync.WaitGroup
}

func (g gate) IssuedAccess(scope, orgno string) bool {
	g.missing.Done()
	g.missing.Wait()
	return g.Registry.IssuedAccess(scope, orgno)
}

func TestOfSimultaneousGrantsExactlyOneWins(t *testing.T) {
	t.Parallel()
	const askers = 16
	var missing, group sync.WaitGroup
	missing.Add(askers)
	w := newWorld(t, func(c *issuer.Config) { c.Registry = gate{c.Registry, &missing} })
	grant := w.good(t, nil)
	replies := make([]reply, askers)
	for i := range askers {
		group.Go(func() { replies[i] = w.ask(t, grant) })
	}
	group.Wait()
	won := 0
	for _, got := range replies {
		if got.status == http.StatusOK {
			won++
			continue
		}
		refused(t, got, usedBefore)
	}
	if won != 1 {
		t.Errorf("%d of %d got a token", won, askers)
	}
}

func TestAVeryLongJTI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	grant := w.good(t, object{"jti": strings.Repeat("long", 10_000)})
	granted(t, w.ask(t, grant))
	refused(t, w.ask(t, grant), usedBefore)
}
