package pages

import (
	"net/http"
	"slices"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/engine"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/gateway"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// Mount makes the pages of a mock, of which some environments are served.
func Mount(e *engine.Engine, served []string) gateway.Pages {
	site := New(Config{
		Portal: e.Portal, Now: e.Clock().Now,
		Registry: func(name string) *registry.Registry {
			env, err := e.Environment(name)
			if err != nil {
				return nil
			}
			return env.Registry
		},
		Mail: func(to string) []portal.Mail {
			var mails []portal.Mail
			for _, m := range e.Mails(to) {
				mails = append(mails, portal.Mail(m))
			}
			return mails
		},
	})
	return func(w http.ResponseWriter, r *http.Request, at gateway.PageAddress) {
		place := Place{Base: at.Path, Calls: at.Calls}
		for _, name := range engine.Names() {
			endpoints := at.Endpoints[name]
			place.Environments = append(place.Environments, Environment{
				Name: name, Issuer: endpoints.Issuer, Token: endpoints.Token, API: endpoints.API, Served: slices.Contains(served, name),
			})
		}
		site.Serve(w, r, place)
	}
}
