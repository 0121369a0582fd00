package pages

import (
	"net/http"
	"slices"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/engine"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/gateway"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/journal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// Mount makes the pages of a mock, of which some environments are served.
func Mount(e *engine.Engine, j *journal.Journal, served []string) gateway.Pages {
	environment := func(name string) *engine.Environment {
		env, err := e.Environment(name)
		if err != nil { // the paths name those that are served only
			return &engine.Environment{}
		}
		return env
	}
	site := New(Config{
		Portal: e.Portal, Now: e.Clock().Now, Requests: j.Page,
		Registry: func(name string) *registry.Registry { return environment(name).Registry },
		Consents: func(name string) []issuer.Consent { return environment(name).Issuer.Consents() },
		Mail: func(offset, limit int, wanted func(string) bool) ([]portal.Mail, int) {
			var mails []portal.Mail
			part, total := e.MailPage(offset, limit, wanted)
			for _, m := range part {
				mails = append(mails, portal.Mail(m))
			}
			return mails, total
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
