package maskinporten_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func secretClient(t *testing.T) *maskinporten.ClientRegistration {
	t.Helper()
	client := &maskinporten.ClientRegistration{}
	check.OK(t, json.Unmarshal([]byte(`{"client_id":"a","client_secret":"hush-hush"}`), client))
	return client
}

func TestASecretIsShownByRevealOnly(t *testing.T) {
	t.Parallel()
	client := secretClient(t)
	secret := client.ClientSecret
	type deep struct {
		inside  struct{ secret maskinporten.Secret }
		Pointer *maskinporten.Secret
		List    []maskinporten.Secret
		client  *maskinporten.ClientRegistration
	}
	values := deep{Pointer: &secret, List: []maskinporten.Secret{secret}, client: client}
	values.inside.secret = secret
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%p", "%10.3v", "%U"} {
		for _, value := range []any{secret, &secret, values, &values, client, *client, []any{secret}, map[string]any{"s": secret}} {
			if got := fmt.Sprintf(verb, value); strings.Contains(got, "hush") || strings.Contains(strings.ToLower(got), "68757368") {
				t.Errorf("%s of %T shows the secret: %s", verb, value, got)
			}
		}
	}
	if secret.Reveal() != "hush-hush" || secret.IsZero() {
		t.Error("Reveal doesn't show the secret")
	}
}

func TestASecretIsNeitherEncodedNorLogged(t *testing.T) {
	t.Parallel()
	client := secretClient(t)
	secret := client.ClientSecret
	encoded := check.Got(json.Marshal(map[string]any{"value": secret, "pointer": &secret, "client": client}))(t)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("made", "secret", secret, "client", client)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("made", "secret", secret, "client", client)
	for _, text := range []string{string(encoded), log.String()} {
		if strings.Contains(text, "hush") || !strings.Contains(text, "hidden") {
			t.Errorf("the secret is shown, or not named: %s", text)
		}
	}
}

func TestNoSecretShowsNothing(t *testing.T) {
	t.Parallel()
	var secret maskinporten.Secret
	if secret.Reveal() != "" || !secret.IsZero() || fmt.Sprint(secret) != "" {
		t.Errorf("the zero secret shows %q and %q", secret.Reveal(), secret)
	}
}

func TestSecretsAreComparedByWhatTheyHold(t *testing.T) {
	t.Parallel()
	one, same := secretClient(t).ClientSecret, secretClient(t).ClientSecret
	if !one.Equal(same) || one.Equal(maskinporten.Secret{}) {
		t.Error("equal secrets differ, or different ones are equal")
	}
	if diff := cmp.Diff(one, maskinporten.Secret{}); strings.Contains(diff, "hush") {
		t.Errorf("a failing test would show the secret: %s", diff)
	}
}
