package mockserver_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/internal/dev/recording"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// start is [mockserver.Start], recorded for the check of the OpenAPI description
// when that is wanted. What a fault met is marked.
func start(t mockserver.TB, options ...mockserver.Option) *mockserver.Server {
	t.Helper()
	var srv *mockserver.Server
	srv = mockserver.Start(t, append(options, recorded(func(e recording.Exchange) string {
		for _, r := range srv.Requests() {
			if r.Fault != "" && r.Method == e.Method && r.Path == e.Path {
				return "fault"
			}
		}
		return ""
	}))...)
	return srv
}

// startUnkind is start with chaos, which is marked as well.
func startUnkind(t mockserver.TB, seed uint64, options ...mockserver.Option) *mockserver.Server {
	t.Helper()
	chaos := recorded(func(recording.Exchange) string { return "chaos" })
	return mockserver.Start(t, append(options, mockserver.WithChaos(seed), chaos)...)
}

// recorded is no option at all unless recordings are wanted.
func recorded(apart func(recording.Exchange) string) mockserver.Option {
	if !recording.On() {
		return nil
	}
	return mockserver.WithMiddleware(func(next http.Handler) http.Handler { return recording.Handler(next, apart) })
}

// scene is a provider with the scope difi:api, and a consumer that has access to
// it and an app with a key.
type scene struct {
	srv                *mockserver.Server
	provider, consumer *maskinporten.Client
	app                maskinporten.Credentials
}

func newScene(t *testing.T, options ...mockserver.Option) *scene {
	t.Helper()
	return sceneOn(t, start(t, options...))
}

func sceneOn(t *testing.T, srv *mockserver.Server) *scene {
	t.Helper()
	s := &scene{
		srv:      srv,
		provider: srv.Client(srv.AddOrganization("991825827", "Digitaliseringsdirektoratet")),
		consumer: srv.Client(srv.AddOrganization("889640782", "Arbeids- og velferdsetaten")),
	}
	check.Got(s.provider.Scopes.Create(t.Context(), newScope("api")))(t)
	check.Got(s.provider.Access.Grant(t.Context(), "difi:api", "889640782"))(t)
	s.app = s.newApp(t, s.consumer.Clients, "difi:api")
	return s
}

// newApp registers a client with one scope and a key.
func (s *scene) newApp(t *testing.T, clients *maskinporten.ClientsService, scope string) maskinporten.Credentials {
	t.Helper()
	created := check.Got(clients.Create(t.Context(), maskinporten.ClientCreate{Name: "app", Scopes: []string{scope}}))(t)
	key := s.srv.Key(0, "k0")
	check.Got(clients.AddKey(t.Context(), created.ClientID, check.Got(key.PublicJWK())(t)))(t)
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
