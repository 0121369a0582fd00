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

func tokensOfAllKinds(t *testing.T, s *scene) {
	const person = "urn:altinn:person:identifier-no:01017012345"
	s.srv.AddOrganization(vendor, "Leverandøren")
	s.srv.Altinn().SetConsent(mockserver.Consent{ID: "c-1", From: person, ValidTo: s.srv.Clock().Now().Add(time.Hour)})
	s.srv.Altinn().AddSystemUser(mockserver.SystemUser{OrgNo: vendor, Vendor: nav, ExternalRef: "ref"})
	s.srv.Altinn().Delegate(digdir, nav, "difi:api")
	scopes := []string{"difi:api"}
	for what, test := range map[string]struct {
		request maskinporten.TokenRequest
		holds   func(map[string]any) bool
	}{
		"plain":    {maskinporten.TokenRequest{}, func(c map[string]any) bool { return c["scope"] == "difi:api" && c["client_amr"] == "private_key_jwt" }},
		"resource": {maskinporten.TokenRequest{Resource: []string{"https://api.example.no"}}, func(c map[string]any) bool { return c["aud"] != nil }},
		"person":   {maskinporten.TokenRequest{PID: maskinporten.NewPersonal("01017012345")}, func(c map[string]any) bool { return c["pid"] == "01017012345" }},
		"delegated": {maskinporten.TokenRequest{ConsumerOrg: digdir}, func(c map[string]any) bool {
			return c["consumer"].(object)["ID"] == digdir.ISO6523() && c["supplier"].(object)["ID"] == nav.ISO6523() && c["delegation_source"] != nil
		}},
		"system user": {maskinporten.TokenRequest{AuthorizationDetails: maskinporten.SystemUser{OrgNo: vendor, ExternalRef: "ref"}}, hasDetail("externalRef", "ref")},
		"consent":     {maskinporten.TokenRequest{AuthorizationDetails: maskinporten.Consent{ID: "c-1", From: maskinporten.NewPersonal(person)}}, hasDetail("from", person)},
	} {
		test.request.Scopes = scopes
		if claims, err := s.ask(t, s.app, test.request); err != nil || !test.holds(claims) {
			t.Errorf("%s: %v, %v", what, claims, err)
		}
	}
}

func hasDetail(name, value string) func(map[string]any) bool {
	return func(claims map[string]any) bool {
		details, _ := claims["authorization_details"].([]any)
		return len(details) == 1 && details[0].(object)[name] == value
	}
}

func tokensByCertificate(t *testing.T, s *scene) {
	bare := check.Got(s.consumer.Clients.Create(t.Context(), maskinporten.ClientCreate{Name: "bare", Scopes: []string{"difi:api"}}))(t)
	for kind, want := range map[mockserver.CertificateKind]bool{
		mockserver.CertificateValid: true, mockserver.CertificateExpired: false, mockserver.CertificateRevoked: false, mockserver.CertificateProduction: false,
	} {
		key := check.Got(s.srv.IssueCertificate(maskinporten.Test, nav, kind).Key())(t)
		claims, err := s.ask(t, maskinporten.Credentials{ClientID: bare.ClientID, Key: key}, maskinporten.TokenRequest{Scopes: []string{"difi:api"}})
		if (err == nil) != want || want && claims["client_amr"] != "virksomhetssertifikat" {
			t.Errorf("%s: %v, %v", kind, claims, err)
		}
		if refusal, ok := errors.AsType[*maskinporten.TokenError](err); !want && (!ok || !strings.Contains(refusal.Remedy(), "revoked")) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func refusalsAreKnown(t *testing.T, s *scene) {
	ctx := t.Context()
	want := func(what string, credentials maskinporten.Credentials, request maskinporten.TokenRequest, want error) {
		t.Helper()
		_, err := s.ask(t, credentials, request)
		refusal, ok := errors.AsType[*maskinporten.TokenError](err)
		if !ok || !errors.Is(err, want) || refusal.Remedy() == "" || refusal.TraceID == "" {
			t.Errorf("%s: %v", what, err)
		}
	}
	api := maskinporten.TokenRequest{Scopes: []string{"difi:api"}}
	want("an unknown client", maskinporten.Credentials{ClientID: "nobody", Key: s.app.Key}, api, maskinporten.ErrClientNotFound)
	want("an unknown key", maskinporten.Credentials{ClientID: s.app.ClientID, Key: s.srv.Key(4, "k4")}, api, maskinporten.ErrUnknownKey)
	want("a scope of others", s.app, maskinporten.TokenRequest{Scopes: []string{"difi:other"}}, maskinporten.ErrScopeNotRegistered)
	s.srv.AddOrganization(vendor, "Leverandøren")
	want("no delegation", s.app, maskinporten.TokenRequest{Scopes: api.Scopes, ConsumerOrg: vendor}, maskinporten.ErrNotDelegated)
	check.Got(s.provider.Access.Revoke(ctx, "difi:api", nav))(t)
	want("an access that was taken back", s.app, api, maskinporten.ErrAccessNotGranted)
	check.Got(s.provider.Access.Grant(ctx, "difi:api", nav))(t)
	s.asks(t, s.app, nil)
	s.srv.Clock().Advance(366 * 24 * time.Hour)
	want("a key of last year", s.app, api, maskinporten.ErrKeyExpired)
}

// fewScopes: many admin clients hold scopes.write alone, and read with it.
func fewScopes(t *testing.T, s *scene) {
	ctx := t.Context()
	sign := func(scopes ...string) *maskinporten.Client {
		credentials := s.srv.AdminCredentials(maskinporten.Test, s.srv.AddOrganization(digdir, "Digitaliseringsdirektoratet"), scopes...)
		return check.Got(maskinporten.New(s.srv.Endpoints(maskinporten.Test), credentials, s.srv.ClientOptions()...))(t)
	}
	writer := sign("idporten:scopes.write")
	if n := len(all(t, writer.Scopes.All(ctx, maskinporten.ScopeFilter{}))); n != 1 {
		t.Errorf("scopes.write alone: %d scopes", n)
	}
	check.Got(writer.Access.Grant(ctx, "difi:api", vendor))(t)
	if _, err := writer.Clients.Get(ctx, "x"); !errors.Is(err, maskinporten.ErrScopeNotRegistered) {
		t.Errorf("scopes.write alone, for clients: %v", err)
	}
	clients := sign("idporten:dcr.write")
	own := all(t, clients.Clients.All(ctx, maskinporten.ClientFilter{}))
	if len(own) == 0 || len(all(t, clients.Clients.Keys(ctx, own[0].ClientID))) == 0 {
		t.Errorf("dcr.write alone: %+v", own)
	}
}

func wrongClocks(t *testing.T, s *scene) {
	for _, off := range []time.Duration{-2 * time.Hour, -time.Minute, time.Minute, 2 * time.Hour} {
		now := func() time.Time { return s.srv.Clock().Now().Add(off) }
		auth := check.Got(maskinporten.NewAuthenticator(s.srv.Endpoints(maskinporten.Test), s.app, append(s.srv.ClientOptions(), maskinporten.WithClock(now))...))(t)
		if _, err := auth.Token(t.Context(), maskinporten.TokenRequest{Scopes: []string{"difi:api"}}); err != nil {
			t.Errorf("a clock that is off by %v: %v", off, err)
		}
		_ = auth.Close()
	}
}

func keyIsRotated(t *testing.T, s *scene) {
	renewed := maskinporten.Credentials{ClientID: s.app.ClientID, Key: s.srv.Key(1, "k1")}
	switched := false
	err := s.consumer.Clients.RotateKey(t.Context(), s.app.ClientID, renewed.Key, maskinporten.RotateOptions{
		Switch: func(context.Context, *maskinporten.Key) error { switched = true; return nil },
	})
	if err != nil || !switched {
		t.Errorf("switched: %t, %v", switched, err)
	}
	s.asks(t, s.app, maskinporten.ErrUnknownKey)
	s.asks(t, renewed, nil)
}

func fleetIsRotated(t *testing.T, s *scene) {
	f := fleetOf(t, s, 3)
	result := check.Got(f.rotate(t.Context(), f.consumer, f.options()))(t)
	for _, item := range result.Items {
		check.Same(t, []string{item.NewKey}, f.kids(t, item.ClientID), item.ClientName)
	}
	check.Same(t, 3, len(result.Done()), result)
	f.mustWork(t, "rotated")
}

func TestTheSDKWaitsForWhatIsNewInEveryShapeThatAnswersHave(t *testing.T) {
	t.Parallel()
	for name, begin := range worlds() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := sceneOn(t, begin(t, mockserver.WithPropagation(propagation)))
				began := time.Now()
				wait := func(credentials maskinporten.Credentials) {
					t.Helper()
					if _, err := s.consumer.Clients.WaitReady(t.Context(), credentials, maskinporten.TokenRequest{Scopes: []string{"difi:api"}}, maskinporten.WaitOptions{}); err != nil {
						t.Error(err)
					}
				}
				wait(s.app) // a new client, and a new access
				check.Got(s.provider.Access.Revoke(t.Context(), "difi:api", nav))(t)
				time.Sleep(propagation)
				s.asks(t, s.app, maskinporten.ErrAccessNotGranted)
				check.Got(s.provider.Access.Grant(t.Context(), "difi:api", nav))(t)
				wait(s.app) // an access again
				renewed := maskinporten.Credentials{ClientID: s.app.ClientID, Key: s.srv.Key(1, "k1")}
				if err := s.consumer.Clients.RotateKey(t.Context(), s.app.ClientID, renewed.Key, maskinporten.RotateOptions{}); err != nil {
					t.Error(err) // a new key
				}
				if took := time.Since(began); took < 4*propagation || took > 4*propagation+time.Minute {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}
