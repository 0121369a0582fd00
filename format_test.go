package maskinporten_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
)

func TestWhatWorksIsNamedInOneLine(t *testing.T) {
	t.Parallel()
	_, client, err := world()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := maskinporten.Collect(client.Scopes.Prefixes(t.Context())); err != nil {
		t.Fatal(err)
	}
	auth := client.Authenticator()
	request := maskinporten.TokenRequest{Scopes: []string{"idporten:scopes.read"}}
	const api, token = "https://api.test.samarbeid.digdir.no/api/v1", "https://test.maskinporten.no/token"
	for name, tt := range map[string]struct {
		value any
		want  string
	}{
		"client":        {client, "maskinporten.Client(" + auth.ClientID() + " at " + api + ")"},
		"authenticator": {auth, "maskinporten.Authenticator(" + auth.ClientID() + " at " + token + ")"},
		"service":       {client.Scopes, "Scopes of maskinporten.Client("},
		"access":        {client.Access, "Access of maskinporten.Client("},
		"clients":       {client.Clients, "Clients of maskinporten.Client("},
		"integrations":  {client.Integrations, "Integrations of maskinporten.Client("},
		"token source":  {auth.TokenSource(context.Background(), request), "tokens of maskinporten.Authenticator("},
		"transport":     {auth.Transport(request, nil), "tokens of maskinporten.Authenticator("},
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
