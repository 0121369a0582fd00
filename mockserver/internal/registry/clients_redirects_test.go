package registry_test

import (
	"testing"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

func production(c *registry.Config) { c.Production = true }

func TestRedirectURIs(t *testing.T) {
	t.Parallel()
	const (
		web    = 1 << iota // web and browser clients, in test
		webP               // the same in production
		native             // apps, in test
		nativeP
		none = 0
		all  = web | webP | native | nativeP
	)
	inTest, inProduction := newWorld(t), newWorld(t, production)
	for uri, allowed := range map[string]int{
		"https://app.example.no/back":         all,
		"https://app.example.no:8443/b?a=b":   all,
		"HTTPS://app.example.no":              all,
		"http://app.example.no/back":          web | native | nativeP,
		"http://localhost/back":               web | native | nativeP,
		"http://localhost:3000":               web | native | nativeP,
		"http://LOCALHOST.:3000":              web | native | nativeP,
		"http://app.localhost/":               web | native | nativeP,
		"http://127.0.0.1:8080/":              web | native | nativeP,
		"http://[::1]:8080/":                  web | native | nativeP,
		"https://localhost/back":              nativeP,
		"https://127.0.0.2/back":              nativeP,
		"https://[::ffff:127.0.0.1]/back":     nativeP,
		"https://localhost.example.no/":       all,
		"no.example.app:/back":                native | nativeP,
		"myapp://localhost/back":              native | nativeP,
		"https://app.example.no/back#":        none,
		"https://app.example.no/back#part":    none,
		"no.example.app:/back#part":           none,
		"https:///back":                       none,
		"https://:443/back":                   none,
		"https:back":                          none,
		"/back":                               none,
		"app.example.no/back":                 none,
		"":                                    none,
		"https://app.example.no/with a blank": none,
		"https://%zz":                         none,
	} {
		for _, c := range []struct {
			w       *world
			app     string
			allowed bool
		}{
			{inTest, "web", allowed&web != 0}, {inTest, "browser", allowed&web != 0}, {inTest, "native", allowed&native != 0},
			{inProduction, "web", allowed&webP != 0}, {inProduction, "browser", allowed&webP != 0}, {inProduction, "native", allowed&nativeP != 0},
		} {
			for field, in := range map[string]registry.ClientInput{
				"redirect_uris": login(application(c.app, ""), redirected("https://ok.example.no", uri)),
				"post_logout_redirect_uris": login(application(c.app, ""), func(in *registry.ClientInput) {
					in.PostLogoutRedirectURIs = []string{"https://ok.example.no", uri}
				}),
			} {
				if c.allowed {
					c.w.create(t, in)
				} else {
					c.w.refuses(t, consumer, in, registry.Invalid, field)
				}
			}
		}
	}
}

func TestALoginClientNeedsARedirectURI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, integrationType := range []string{registry.IDPorten, registry.APIKlient, registry.Ansattporten} {
		w.refuses(t, consumer, login(typed(integrationType), redirected()), registry.Invalid, "redirect_uris")
	}
	w.create(t, server(redirected())) // others don't
}

func TestTheFrontchannelLogoutURILiesWhereTheClientDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	logout := func(uri string) change {
		return func(in *registry.ClientInput) { in.FrontchannelLogoutURI = uri }
	}
	there := redirected("https://first.example.no/back", "https://app.example.no:443/back", "http://dev.example.no:80", "no.example.app:/b")
	for _, uri := range []string{
		"https://app.example.no/bye", "https://APP.example.no:443/", "http://dev.example.no/bye", "https://first.example.no",
	} {
		w.create(t, login(there, logout(uri), application("native", "")))
	}
	for _, uri := range []string{
		"https://other.example.no/bye", "http://app.example.no/bye", "https://app.example.no:8443/bye", "/bye", "%zz",
		"https://dev.example.no",
	} {
		w.refuses(t, consumer, login(there, logout(uri), application("native", "")), registry.Invalid, "frontchannel_logout_uri")
	}
}
