package maskinporten_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func TestWhatWorksIsNamedInOneLine(t *testing.T) {
	t.Parallel()
	_, client := check.Got2(world())(t)
	check.Got(maskinporten.Collect(client.Scopes.Prefixes(t.Context())))(t)
	auth := client.Authenticator()
	const api, token = "https://api.test.samarbeid.digdir.no/api/v1", "https://test.maskinporten.no/token"
	for name, tt := range map[string]struct {
		value any
		want  string
	}{
		"client":        {client, "maskinporten.Client(" + auth.ClientID() + " at " + api + ")"},
		"authenticator": {auth, "maskinporten.Authenticator(" + auth.ClientID() + " at " + token + ")"},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if got := fmt.Sprintf(verb, tt.value); !strings.HasPrefix(got, tt.want) || strings.Contains(got, "\n") {
				t.Errorf("%s with %s: %s", name, verb, got)
			}
		}
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "client", client, "auth", auth)
	if !strings.Contains(log.String(), "maskinporten.Client(") || !strings.Contains(log.String(), "maskinporten.Authenticator(") {
		t.Errorf("log: %s", log.String())
	}
	bare, err := maskinporten.New(maskinporten.Test, maskinporten.Credentials{}, maskinporten.WithExternalAuth())
	if err != nil || bare.String() != "maskinporten.Client("+api+")" {
		t.Errorf("got %s, %v", bare, err)
	}
}

func TestAServiceShowsNothingOfTheTokensBehindIt(t *testing.T) {
	t.Parallel()
	_, client := check.Got2(world())(t)
	check.Got(maskinporten.Collect(client.Scopes.Prefixes(t.Context())))(t)
	token := check.Got(client.Authenticator().Token(t.Context(), maskinporten.TokenRequest{Scopes: []string{"idporten:scopes.read"}}))(t)
	for name, service := range map[string]any{
		"scopes": client.Scopes, "access": client.Access, "clients": client.Clients, "integrations": client.Integrations,
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if got := fmt.Sprintf(verb, service); strings.Contains(got, token.AccessToken) || strings.Contains(got, "PRIVATE") || len(got) > 500 {
				t.Errorf("%s with %s: %s", name, verb, got)
			}
		}
	}
}
