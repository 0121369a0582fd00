package mockserver_test

import (
	"errors"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// scene is a provider with the scope difi:api, and a consumer that has access to
// it and an app with a key.
type scene struct {
	srv                *mockserver.Server
	provider, consumer *maskinporten.Client
	app                maskinporten.Credentials
}

func newScene(t *testing.T, options ...mockserver.Option) *scene {
	t.Helper()
	srv := mockserver.Start(t, options...)
	s := &scene{
		srv:      srv,
		provider: srv.Client(srv.AddOrganization("991825827", "Digitaliseringsdirektoratet")),
		consumer: srv.Client(srv.AddOrganization("889640782", "Arbeids- og velferdsetaten")),
	}
	must[*maskinporten.Scope](t)(s.provider.Scopes.Create(t.Context(), newScope("api")))
	must[*maskinporten.Access](t)(s.provider.Access.Grant(t.Context(), "difi:api", "889640782"))
	s.app = s.newApp(t, s.consumer.Clients, "difi:api")
	return s
}

// newApp registers a client with one scope and a key.
func (s *scene) newApp(t *testing.T, clients *maskinporten.ClientsService, scope string) maskinporten.Credentials {
	t.Helper()
	created := must[*maskinporten.ClientRegistration](t)(clients.Create(t.Context(), maskinporten.ClientCreate{Name: "app", Scopes: []string{scope}}))
	key := s.srv.Key(0, "k0")
	must[*maskinporten.JSONWebKey](t)(clients.AddKey(t.Context(), created.ClientID, must[maskinporten.JSONWebKey](t)(key.PublicJWK())))
	return maskinporten.Credentials{ClientID: created.ClientID, Key: key}
}

// ask asks for a token without any cache, and returns its claims.
func (s *scene) ask(t *testing.T, credentials maskinporten.Credentials, request maskinporten.TokenRequest) (map[string]any, error) {
	t.Helper()
	auth, err := maskinporten.NewAuthenticator(s.srv.Endpoints(maskinporten.Test), credentials, s.srv.ClientOptions()...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = auth.Close() }()
	token, err := auth.Token(t.Context(), request)
	if err != nil {
		return nil, err
	}
	return claimsOf(t, token.AccessToken), nil
}

// asks expects an error of a token request, or none.
func (s *scene) asks(t *testing.T, credentials maskinporten.Credentials, want error) {
	t.Helper()
	if _, err := s.ask(t, credentials, maskinporten.TokenRequest{Scopes: []string{"difi:api"}}); !errors.Is(err, want) || want == nil && err != nil {
		t.Errorf("token: %v, want %v", err, want)
	}
}

// wantMP checks the number of a token endpoint's refusal.
func wantMP(t *testing.T, err error, code string) {
	t.Helper()
	if refusal, ok := errors.AsType[*maskinporten.TokenError](err); !ok || refusal.MP != code {
		t.Errorf("got %v, want %s", err, code)
	}
}
