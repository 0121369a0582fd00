package registry_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

const day = 24 * time.Hour

func withMethod(method string) registry.ClientInput { return login(application("web", method)) }

func TestASecretIsMadeWithAClientThatUsesOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen := map[string]bool{}
	for _, method := range []string{"client_secret_basic", "client_secret_post"} {
		c, secret := check.Got2(w.CreateClient(consumer, withMethod(method)))(t)
		if len(secret) < 22 || seen[secret] || !w.SecretValid(c.ClientID, secret) {
			t.Errorf("%s: secret of %d characters, valid %t", method, len(secret), w.SecretValid(c.ClientID, secret))
		}
		seen[secret] = true
	}
	for _, in := range []registry.ClientInput{withMethod("private_key_jwt"), login(application("native", "none")), server()} {
		c, secret := check.Got2(w.CreateClient(consumer, in))(t)
		if secret != "" || w.SecretValid(c.ClientID, "") {
			t.Errorf("%s has a secret", c.TokenEndpointAuthMethod)
		}
	}
}

func TestASecretIsShownOnceAndOnlyItsDigestKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, secret := check.Got2(w.CreateClient(consumer, withMethod("client_secret_basic")))(t)
	list := check.Got(w.Clients(consumer, true))(t)
	answer := check.Got(json.Marshal(list))(t)
	for _, text := range []string{string(answer), fmt.Sprintf("%+v", *c), fmt.Sprintf("%+v", w.happened())} {
		if strings.Contains(text, secret) || strings.Contains(text, "client_secret\"") {
			t.Errorf("the secret is seen in %s", text)
		}
	}
}

func TestANewSecretMakesTheOldOneVoidAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, old := check.Got2(w.CreateClient(consumer, withMethod("client_secret_basic")))(t)
	w.advance(time.Hour)
	w.happened()
	c, secret := check.Got2(w.RotateSecret(consumer, c.ClientID))(t)
	if secret == old || w.SecretValid(c.ClientID, old) || !w.SecretValid(c.ClientID, secret) {
		t.Error("the old secret is still good, or the new one isn't")
	}
	if !c.LastUpdated.Equal(dawn.Add(time.Hour)) {
		t.Errorf("last updated %v", c.LastUpdated)
	}
	check.Same(t, []registry.EventKind{registry.SecretRotated}, kinds(w.happened()))
}

func TestOnlyAClientThatUsesASecretCanGetANewOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, in := range []registry.ClientInput{withMethod("private_key_jwt"), login(application("browser", "none")), server()} {
		id := w.create(t, in).ClientID
		w.refusesChange(t, id, registry.Conflict, "", func() error {
			_, secret, err := w.RotateSecret(consumer, id)
			check.Same(t, "", secret, "got a secret")
			return err
		})
	}
}

func TestASecretSurvivesAPUTButGoesWithItsMethod(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, secret := check.Got2(w.CreateClient(consumer, withMethod("client_secret_basic")))(t)
	id := c.ClientID
	put := func(method string, want ...registry.EventKind) {
		t.Helper()
		w.happened()
		check.Got(w.ReplaceClient(consumer, id, withMethod(method)))(t)
		check.Same(t, want, kinds(w.happened()))
	}
	put("client_secret_basic", registry.ClientUpdated)
	put("client_secret_post", registry.ClientUpdated)
	if !w.SecretValid(id, secret) {
		t.Error("the secret was lost")
	}
	put("private_key_jwt", registry.ClientUpdated, registry.SecretRemoved)
	put("client_secret_post", registry.ClientUpdated)
	if w.SecretValid(id, secret) || w.SecretValid(id, "") {
		t.Error("the secret came back")
	}
	_, secret = check.Got2(w.RotateSecret(consumer, id))(t)
	if !w.SecretValid(id, secret) {
		t.Error("the new secret isn't good")
	}
}

func TestASecretLives360Days(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, secret := check.Got2(w.CreateClient(consumer, withMethod("client_secret_basic")))(t)
	w.advance(360*day - time.Millisecond)
	if !w.SecretValid(c.ClientID, secret) {
		t.Error("expired early")
	}
	w.advance(time.Millisecond)
	if w.SecretValid(c.ClientID, secret) {
		t.Error("still good")
	}
}

func TestTheSecretOfAnInactiveOrUnknownClientIsNotGood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, secret := check.Got2(w.CreateClient(consumer, withMethod("client_secret_basic")))(t)
	check.OK(t, w.DeactivateClient(consumer, c.ClientID))
	if w.SecretValid(c.ClientID, secret) || w.SecretValid("unknown", secret) {
		t.Error("it is")
	}
}
