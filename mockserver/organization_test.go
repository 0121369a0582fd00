package mockserver_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func TestProvidersStoryThroughTheSDK(t *testing.T) {
	t.Parallel()
	srv := start(t)
	digdir := srv.AddOrganization("991825827", "Digitaliseringsdirektoratet").AssignPrefix("api")
	nav := srv.AddOrganization("889640782", "Arbeids- og velferdsetaten")
	provider, consumer, ctx := srv.Client(digdir), srv.Client(nav), t.Context()

	created := check.Got(provider.Scopes.Create(ctx, maskinporten.ScopeCreate{Prefix: "api", Subscope: "read/all.x", Description: "d"}))(t)
	if created.Name != "api:read/all.x" || created.OwnerOrgNo != "991825827" || !created.Active {
		t.Errorf("created %+v", created)
	}
	if _, err := provider.Scopes.Create(ctx, maskinporten.ScopeCreate{Prefix: "api", Subscope: "read/all.x", Description: "d"}); !errors.Is(err, maskinporten.ErrConflict) {
		t.Errorf("once more: %v", err)
	}
	if list, err := maskinporten.Collect(consumer.Scopes.All(ctx, maskinporten.ScopeFilter{})); err != nil || len(list) > 0 {
		t.Errorf("the consumer's scopes: %v, %v", list, err)
	}
	if _, err := consumer.Scopes.Get(ctx, created.Name); !errors.Is(err, maskinporten.ErrForbidden) {
		t.Errorf("read by the consumer: %v", err)
	}
	given := check.Got(provider.Access.Grant(ctx, created.Name, nav.OrgNo))(t)
	received := check.Got(maskinporten.Collect(consumer.Access.Received(ctx, maskinporten.AccessFilter{})))(t)
	if len(received) != 1 || received[0].Scope != given.Scope || received[0].OwnerOrganizationName != "Digitaliseringsdirektoratet" {
		t.Errorf("received %+v", received)
	}

	app := check.Got(consumer.Clients.Create(ctx, maskinporten.ClientCreate{Name: "app", Scopes: []string{created.Name}}))(t)
	key := srv.Key(0, "k")
	check.Got(consumer.Clients.AddKey(ctx, app.ClientID, check.Got(key.PublicJWK())(t)))(t)
	auth := check.Got(maskinporten.NewAuthenticator(srv.Endpoints(maskinporten.Test), maskinporten.Credentials{ClientID: app.ClientID, Key: key}, srv.ClientOptions()...))(t)
	request := maskinporten.TokenRequest{Scopes: []string{created.Name}}
	if token, err := auth.Token(ctx, request); err != nil || claimsOf(t, token.AccessToken)["scope"] != created.Name {
		t.Errorf("a token: %v", err)
	}
	check.Got(provider.Scopes.Retire(ctx, created.Name, maskinporten.ApplyOptions{}))(t)
	srv.Clock().Advance(time.Hour) // the token in the cache has expired
	if _, err := auth.Token(ctx, request); !errors.Is(err, maskinporten.ErrAccessNotGranted) {
		t.Errorf("a token after the end: %v", err)
	}
}

func TestOrganisationIsInEveryEnvironmentAndItsPrefixWhereItIsAssigned(t *testing.T) {
	t.Parallel()
	srv := start(t)
	brreg := srv.AddOrganization("974760673", "Brønnøysundregistrene").AssignPrefix("brreg").AssignPrefix("only", maskinporten.Prod, maskinporten.Ver2) //nolint:staticcheck // closed, and still served
	for _, env := range maskinporten.Environments() {
		want := []string{"brreg"}
		if env == maskinporten.Prod || env == maskinporten.Ver2 { //nolint:staticcheck // as above
			want = []string{"brreg", "only"}
		}
		var got []string
		for _, prefix := range check.Got(maskinporten.Collect(srv.ClientIn(env, brreg).Scopes.Prefixes(t.Context())))(t) {
			got = append(got, prefix.Prefix)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s: %v", env, got)
		}
	}
	renamed := srv.AddOrganization("974760673", "Brreg")
	if renamed.OrgNo != brreg.OrgNo || renamed.Name != "Brreg" {
		t.Errorf("got %+v", renamed)
	}
}

func TestAdminCredentialsHaveJustTheScopesAskedFor(t *testing.T) {
	t.Parallel()
	srv := start(t)
	digdir := srv.AddOrganization("991825827", "Digdir")
	for _, c := range []struct {
		asked   []string
		want    string
		refused string
	}{
		{nil, "idporten:dcr.supplier", "difi:x"},
		{[]string{scopesRead}, scopesRead, scopesWrite},
		{[]string{dcrRead, dcrModify}, dcrModify, dcrWrite},
	} {
		credentials := srv.AdminCredentials(maskinporten.Test, digdir, c.asked...)
		if again := srv.AdminCredentials(maskinporten.Test, digdir, c.asked...); again.ClientID != credentials.ClientID {
			t.Errorf("%v: another client", c.asked)
		}
		auth := check.Got(maskinporten.NewAuthenticator(srv.Endpoints(maskinporten.Test), credentials, srv.ClientOptions()...))(t)
		if _, err := auth.Token(t.Context(), maskinporten.TokenRequest{Scopes: []string{c.want}}); err != nil {
			t.Errorf("%v: %v", c.asked, err)
		}
		if _, err := auth.Token(t.Context(), maskinporten.TokenRequest{Scopes: []string{c.refused}}); !errors.Is(err, maskinporten.ErrScopeNotRegistered) {
			t.Errorf("%v: %s: %v", c.asked, c.refused, err)
		}
	}
}

func TestMistakesOfATestEndItAndSayWhy(t *testing.T) {
	t.Parallel()
	srv := check.Got(mockserver.New())(t)
	digdir := srv.AddOrganization("991825827", "Digdir")
	for want, mistake := range map[string]func(){
		"AddOrganization":                func() { srv.AddOrganization("991825828", "x") },
		"needs a name":                   func() { srv.AddOrganization("974760673", " ") },
		"AssignPrefix":                   func() { digdir.AssignPrefix("not a prefix") },
		"belongs to another":             func() { srv.AddOrganization("889640782", "NAV").AssignPrefix("difi") },
		`environment: "mars" is unknown`: func() { digdir.AssignPrefix("x", "mars") },
		"AdminCredentials: environment":  func() { srv.ClientIn("mars", digdir) },
		"is not an admin scope":          func() { srv.AdminCredentials(maskinporten.Test, digdir, "difi:x") },
		"Key: there are keys number":     func() { srv.Key(-1, "k") },
		"keys number 0 to":               func() { srv.Key(1000, "k") },
		"Key: ":                          func() { srv.Key(0, "") },
		"Token: environment: ":           func() { srv.Token("mars", nil) },
		"unknown flaw":                   func() { srv.Token(maskinporten.Test, nil, "rust") },
		"RotateSigningKey":               func() { srv.RotateSigningKey("mars") },
		"IssueCertificate":               func() { srv.IssueCertificate(maskinporten.Test, "1", mockserver.CertificateValid) },
		"unknown kind":                   func() { srv.IssueCertificate(maskinporten.Test, "991825827", "golden") },
		"Delegate":                       func() { srv.Altinn().Delegate("991825827", "991825827", "difi:a") },
		"AddSystemUser":                  func() { srv.Altinn().AddSystemUser(mockserver.SystemUser{OrgNo: "1"}) },
		"SetConsent":                     func() { srv.Altinn().SetConsent(mockserver.Consent{ID: "x", Rights: []any{func() {}}}) },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			if got := panicOf(mistake); !strings.Contains(got, want) {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestOptionsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	for want, option := range map[string]mockserver.Option{
		"is negative": mockserver.WithPropagation(-1), "WithTime": mockserver.WithTime(nil), "WithLogger": mockserver.WithLogger(nil),
	} {
		if _, err := mockserver.New(nil, option); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v", err)
		}
		if got := panicOf(func() { mockserver.Start(&faultyTest{}, option) }); !strings.Contains(got, want) {
			t.Errorf("Start: %q", got)
		}
	}
}
