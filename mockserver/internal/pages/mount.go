package pages

import (
	"net/http"
	"slices"
	"sync"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/engine"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/gateway"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/journal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// Mount makes the pages of a mock, of which some environments are served.
func Mount(e *engine.Engine, j *journal.Journal, served []string) gateway.Pages {
	return (&mount{engine: e, journal: j, served: served}).serve
}

// mount makes the site when the first page is asked for: most mocks have no
// browser.
type mount struct {
	engine  *engine.Engine
	journal *journal.Journal
	served  []string
	once    sync.Once
	site    *Site
}

func (m *mount) serve(w http.ResponseWriter, r *http.Request, at gateway.PageAddress) {
	m.once.Do(func() { m.site = New(m.config()) })
	place := Place{Base: at.Path, Calls: at.Calls}
	for _, name := range engine.Names() {
		endpoints := at.Endpoints[name]
		place.Environments = append(place.Environments, Environment{
			Name: name, Issuer: endpoints.Issuer, Token: endpoints.Token, API: endpoints.API, Served: slices.Contains(m.served, name),
		})
	}
	m.site.Serve(w, r, place)
}

// config lets the pages look into the mock.
func (m *mount) config() Config {
	return Config{
		Portal: m.engine.Portal, Now: m.engine.Clock().Now, Requests: m.journal.Page, Mail: m.engine.MailPage,
		Registry: func(name string) *registry.Registry { return m.environment(name).Registry },
		Consents: func(name string) []issuer.Consent { return m.environment(name).Issuer.Consents() },
	}
}

func (m *mount) environment(name string) *engine.Environment {
	env, err := m.engine.Environment(name)
	if err != nil { // the paths name those that are served only
		return &engine.Environment{}
	}
	return env
}
