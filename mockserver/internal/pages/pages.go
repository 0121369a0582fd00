// Package pages is what one sees of the mock in a browser: the portal, on which a
// person does what the guide to self-service says, and the workbench, on which a
// developer looks at the mock itself. It holds no rules: it calls what the JSON
// APIs call, and shows their refusals at the field that they are about.
package pages

import (
	"context"
	"crypto/rand"
	"net/http"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/journal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// Environment is one of the mock's environments, and where it is found.
type Environment struct {
	Name               string
	Issuer, Token, API string
	// Served is false where the mock was told to leave the environment out.
	Served bool
}

// Config is what the pages stand on. All fields are required.
type Config struct {
	// Portal returns the portal, which is another one after a reset.
	Portal func() *portal.Portal
	// Registry returns the registry of an environment that is served.
	Registry func(environment string) *registry.Registry
	Now      func() time.Time
	// Consents returns the consents of an environment that is served.
	Consents func(environment string) []issuer.Consent
	// Mail returns a part of the mail to the addresses that are wanted, the newest
	// first, and how much there is.
	Mail func(offset, limit int, wanted func(to string) bool) ([]portal.Mail, int)
	// Requests returns a part of the requests that keep picks, the newest first, and
	// how many there are.
	Requests func(offset, limit int, keep func(journal.Noted) bool) ([]journal.Noted, int)
}

// Place is where a browser finds the mock.
type Place struct {
	// Base is the path below which everything lies, without a last slash; it is
	// empty at the root of a host.
	Base string
	// Environments are all of them, in the order of the page.
	Environments []Environment
	// Calls answers the calls that programs make, below / and below /_mock/. Nil:
	// there is no workbench.
	Calls http.Handler
}

// Site serves the pages, wherever browsers find them.
type Site struct {
	config  Config
	key     []byte // of the tokens in forms
	once    once
	flashes recent[flash]
	tokens  recent[*tokenResult]
	handler func() http.Handler // made when a browser comes
}

// New returns the pages. Nothing is parsed before the first one is asked for.
func New(config Config) *Site {
	s := &Site{config: config}
	s.handler = sync.OnceValue(func() http.Handler {
		s.key = []byte(rand.Text())
		return http.NewCrossOriginProtection().Handler(s.mux())
	})
	return s
}

// Serve answers with a page. Paths are those without the place's Base: "/", and those
// below /portal/ and /workbench/. No page is kept by anybody, may be framed, or asks
// another host for anything.
func (s *Site) Serve(w http.ResponseWriter, r *http.Request, place Place) {
	header := w.Header()
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("Cache-Control", "no-store")
	s.handler().ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), placeKey{}, &place)))
}

// placeKey finds the place of a request in its context.
type placeKey struct{}

// environment finds an environment that is served.
func (v *visit) environment(name string) (Environment, bool) {
	for _, e := range v.place.Environments {
		if e.Name == name && e.Served {
			return e, true
		}
	}
	return Environment{}, false
}
