package maskinporten_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	mp "github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// webLogin is a login client that breaks no rule.
func webLogin(change func(*mp.ClientCreate)) mp.ClientCreate {
	client := mp.ClientCreate{
		IntegrationType: mp.IntegrationTypeIDPorten, Scopes: []string{"openid", "profile"},
		TokenEndpointAuthMethod: mp.AuthMethodSecretBasic, RedirectURIs: []string{"https://portal.example.no/callback"},
	}
	if change != nil {
		change(&client)
	}
	return client
}

func native(uri string) mp.ClientCreate {
	return mp.ClientCreate{IntegrationType: mp.IntegrationTypeAnsattporten, ApplicationType: mp.ApplicationTypeNative, RedirectURIs: []string{uri}}
}

func TestWhatTheServiceForbidsIsRefusedBeforeItIsSent(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		client   mp.ClientCreate
		argument string
		says     string
	}{
		"maskinporten in a browser":       {mp.ClientCreate{ApplicationType: mp.ApplicationTypeBrowser}, "ApplicationType", "must be of type web"},
		"maskinporten, native":            {mp.ClientCreate{ApplicationType: mp.ApplicationTypeNative}, "ApplicationType", "must be of type web"},
		"maskinporten with a secret":      {mp.ClientCreate{TokenEndpointAuthMethod: mp.AuthMethodSecretPost}, "TokenEndpointAuthMethod", "use private_key_jwt"},
		"maskinporten with nothing":       {mp.ClientCreate{TokenEndpointAuthMethod: mp.AuthMethodNone}, "TokenEndpointAuthMethod", "use private_key_jwt"},
		"maskinporten with login's grant": {mp.ClientCreate{GrantTypes: []mp.GrantType{mp.GrantTypeJWTBearer, mp.GrantTypeAuthorizationCode}}, "GrantTypes", "jwt-bearer"},
		"krr with a secret":               {mp.ClientCreate{IntegrationType: mp.IntegrationTypeKRR, TokenEndpointAuthMethod: mp.AuthMethodSecretBasic}, "TokenEndpointAuthMethod", "krr"},
		"krr with another scope":          {mp.ClientCreate{IntegrationType: mp.IntegrationTypeKRR, Scopes: []string{"difi:api3"}}, "Scopes", "krr:global"},
		"login, web, with nothing":        {webLogin(func(c *mp.ClientCreate) { c.TokenEndpointAuthMethod = mp.AuthMethodNone }), "TokenEndpointAuthMethod", "client_secret_basic"},
		"login in a browser with a secret": {webLogin(func(c *mp.ClientCreate) {
			c.ApplicationType = mp.ApplicationTypeBrowser
		}), "TokenEndpointAuthMethod", "use none"},
		"login, native, with a key": {webLogin(func(c *mp.ClientCreate) {
			c.ApplicationType, c.TokenEndpointAuthMethod = mp.ApplicationTypeNative, mp.AuthMethodPrivateKeyJWT
		}), "TokenEndpointAuthMethod", "use none"},
		"login with the jwt-bearer grant": {webLogin(func(c *mp.ClientCreate) { c.GrantTypes = []mp.GrantType{mp.GrantTypeJWTBearer} }), "GrantTypes", "authorization_code"},
		"login with the implicit grant":   {webLogin(func(c *mp.ClientCreate) { c.GrantTypes = []mp.GrantType{mp.GrantTypeImplicit} }), "GrantTypes", "authorization_code"},
		"idporten with an API's scope":    {webLogin(func(c *mp.ClientCreate) { c.Scopes = []string{"openid", "difi:api3"} }), "Scopes", "openid"},
		"login without redirect URI":      {webLogin(func(c *mp.ClientCreate) { c.RedirectURIs = nil }), "RedirectURIs", "at least one"},
		"redirect with a fragment":        {webLogin(func(c *mp.ClientCreate) { c.RedirectURIs = []string{"https://example.no/#top"} }), "RedirectURIs", "fragment"},
		"redirect with an empty fragment": {webLogin(func(c *mp.ClientCreate) { c.RedirectURIs = []string{"https://example.no/#"} }), "RedirectURIs", "fragment"},
		"redirect of another scheme":      {webLogin(func(c *mp.ClientCreate) { c.RedirectURIs = []string{"app://example.no/"} }), "RedirectURIs", "http"},
		"redirect without a host":         {webLogin(func(c *mp.ClientCreate) { c.RedirectURIs = []string{"https:///path"} }), "RedirectURIs", "host"},
		"redirect that is relative":       {webLogin(func(c *mp.ClientCreate) { c.RedirectURIs = []string{"/callback"} }), "RedirectURIs", "absolute"},
		"redirect that is none":           {webLogin(func(c *mp.ClientCreate) { c.RedirectURIs = []string{"https://exa mple.no/\x7f"} }), "RedirectURIs", "absolute"},
		"native redirect with a fragment": {native("app://callback#x"), "RedirectURIs", "fragment"},
		"logout at another host":          {webLogin(func(c *mp.ClientCreate) { c.FrontchannelLogoutURI = "https://other.example.no/logout" }), "FrontchannelLogoutURI", "share"},
		"logout at another port":          {webLogin(func(c *mp.ClientCreate) { c.FrontchannelLogoutURI = "https://portal.example.no:444/logout" }), "FrontchannelLogoutURI", "share"},
		"logout over another scheme":      {webLogin(func(c *mp.ClientCreate) { c.FrontchannelLogoutURI = "http://portal.example.no/logout" }), "FrontchannelLogoutURI", "share"},
		"logout nowhere":                  {webLogin(func(c *mp.ClientCreate) { c.FrontchannelLogoutURI = "logout" }), "FrontchannelLogoutURI", "share"},
		"negative token lifetime":         {mp.ClientCreate{AccessTokenLifetime: -1}, "AccessTokenLifetime", "negative"},
		"negative refresh lifetime":       {webLogin(func(c *mp.ClientCreate) { c.RefreshTokenLifetime = -1 }), "RefreshTokenLifetime", "negative"},
		"negative login lifetime":         {webLogin(func(c *mp.ClientCreate) { c.AuthorizationLifetime = -1 }), "AuthorizationLifetime", "negative"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			client, wire := newWire(t, always(http.StatusOK, `{}`))
			_, err := client.Clients.Create(t.Context(), test.client)
			wrong, ok := errors.AsType[*mp.ArgumentError](err)
			if !ok || wrong.Argument != test.argument || !strings.Contains(wrong.Problem, test.says) || wrong.Operation != "Clients.Create" {
				t.Errorf("error %v, want one about %s that says %q", err, test.argument, test.says)
			}
			wire.mustHaveSentNothing(t)

			client, wire = newWire(t, always(http.StatusOK, `{}`), mp.WithoutPreflight())
			if _, err := client.Clients.Create(t.Context(), test.client); err != nil {
				t.Errorf("without preflight: %v", err)
			}
			wire.mustHaveSentTimes(t, 1)
		})
	}
}

func TestWhatTheServiceAllowsOrMayAllowIsSent(t *testing.T) {
	t.Parallel()
	for what, client := range map[string]mp.ClientCreate{
		"krr":                     {IntegrationType: mp.IntegrationTypeKRR, Scopes: []string{"krr:global/kontaktinformasjon.read", "krr:global/digitalpost.read"}},
		"login, web":              webLogin(nil),
		"login, posts the secret": webLogin(func(c *mp.ClientCreate) { c.TokenEndpointAuthMethod = mp.AuthMethodSecretPost }),
		"login with refresh": webLogin(func(c *mp.ClientCreate) {
			c.GrantTypes = []mp.GrantType{mp.GrantTypeAuthorizationCode, mp.GrantTypeRefreshToken}
		}),
		"idporten's other scopes": webLogin(func(c *mp.ClientCreate) { c.Scopes = []string{"openid", "profile", "eidas", "no_pid"} }),
		"native with its scheme":  native("no.example.app://callback"),
		"native at localhost":     native("http://localhost:8080/"),
		"logout at the default port": webLogin(func(c *mp.ClientCreate) {
			c.FrontchannelLogoutURI = "https://Portal.Example.no:443/logout"
		}),
		"digdir's own":   {IntegrationType: mp.IntegrationTypeEFormidling, TokenEndpointAuthMethod: mp.AuthMethodNone},
		"a type to come": {IntegrationType: "selvbetjening", ApplicationType: "watch", GrantTypes: []mp.GrantType{"telepathy"}},
		"an unknown environment takes localhost": webLogin(func(c *mp.ClientCreate) {
			c.RedirectURIs = []string{"http://localhost:8080/", "https://localhost/", "http://example.no/"}
		}),
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			service, wire := newWire(t, always(http.StatusOK, `{}`))
			if _, err := service.Clients.Create(t.Context(), client); err != nil || len(wire.requests()) != 1 {
				t.Errorf("sent %d requests, error %v", len(wire.requests()), err)
			}
		})
	}
}

func TestRedirectURIsAreHeldAgainstTheEnvironment(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		environment mp.Environment
		uri         string
		says        string
	}{
		{mp.Prod, "https://example.no/", ""},
		{mp.Prod, "http://example.no/", "production"},
		{mp.Prod, "https://localhost/", "production"},
		{mp.Prod, "http://localhost/", "production"},
		{mp.Test, "http://example.no/", ""},
		{mp.Test, "http://localhost:3000/", ""},
		{mp.Test, "https://LocalHost:3000/", "localhost"},
		{"ver1", "https://localhost/", "localhost"},
		{"ver2", "https://localhost/", "localhost"},
	} {
		client := (&backend{}).clientAt(t, test.environment)
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // what passes the checks ends here
		_, err := client.Clients.Create(ctx, webLogin(func(c *mp.ClientCreate) { c.RedirectURIs = []string{test.uri} }))
		switch {
		case test.says == "" && !errors.Is(err, context.Canceled):
			t.Errorf("%s in %s: error %v", test.uri, test.environment, err)
		case test.says != "" && (!errors.Is(err, mp.ErrInvalidArgument) || !strings.Contains(err.Error(), test.says)):
			t.Errorf("%s in %s: error %v, want one that says %q", test.uri, test.environment, err, test.says)
		}
	}
}

const outlived = `{"client_id":"a-1","active":true,"integration_type":"idporten","application_type":"web",
	"token_endpoint_auth_method":"client_secret_basic","grant_types":["implicit"],"redirect_uris":["http://example.no/#old"]}`

func TestARuleThatWasBrokenBeforeDoesNotStandInTheWay(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, stored(outlived))
	_, err := client.Clients.Update(t.Context(), "a-1", func(c *mp.ClientRegistration) error { c.Name = "New name"; return nil })
	if err != nil || len(wire.requests()) != 2 {
		t.Errorf("sent %d requests, error %v", len(wire.requests()), err)
	}
}

func TestAChangeThatBreaksARuleIsNotSent(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(*mp.ClientRegistration){
		"another integration type": func(c *mp.ClientRegistration) { c.IntegrationType = mp.IntegrationTypeAPIClient },
		"another broken URI":       func(c *mp.ClientRegistration) { c.RedirectURIs[0] = "http://example.no/#new" },
		"a grant in place":         func(c *mp.ClientRegistration) { c.GrantTypes[0] = mp.GrantTypeJWTBearer },
		"a foreign scope":          func(c *mp.ClientRegistration) { c.Scopes = []string{"difi:api3"} },
		"no redirect URI":          func(c *mp.ClientRegistration) { c.RedirectURIs = nil },
	} {
		client, wire := newWire(t, stored(outlived))
		_, err := client.Clients.Update(t.Context(), "a-1", func(c *mp.ClientRegistration) error { change(c); return nil })
		mustBeArgumentError(t, err)
		if len(wire.requests()) != 1 {
			t.Errorf("%s: sent %+v", what, wire.requests())
		}
	}
}

func TestWithoutPreflightNamesOfScopesMayHoldAnyLetters(t *testing.T) {
	t.Parallel()
	b := &backend{}
	strict, lax := b.client(t), b.client(t, mp.WithoutPreflight())
	mustBeArgumentError(t, ignored(strict.Scopes.Get(t.Context(), "difi:blåbær")))
	check.Got(lax.Scopes.Get(t.Context(), "difi:blåbær"))(t)
	check.Same(t, "difi:blåbær", b.seenCalls()[0].URL.Query().Get("scope"), "asked for")
	for _, name := range []string{"", "a b", "a\x00b", "a\nb", "\xff", strings.Repeat("a", 2000)} {
		mustBeArgumentError(t, ignored(lax.Scopes.Get(t.Context(), name)))
	}
}
