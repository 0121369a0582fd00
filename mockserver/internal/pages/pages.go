// Package pages is what one sees of the mock in a browser: the portal, on which a
// person does what the guide to self-service says, and the workbench, on which a
// developer looks at the mock itself. It holds no rules: it calls what the JSON
// APIs call, and shows their refusals at the field that they are about.
package pages

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"sync"
)

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

// mux puts all pages together. Wildcards that name an environment stand where the
// page belongs to one.
func (s *Site) mux() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /portal/assets/{name}", serveAsset)
	for _, r := range portalRoutes() {
		mux.HandleFunc(r.pattern, s.handle(r.serve))
	}
	for _, r := range workbenchRoutes() {
		mux.HandleFunc(r.pattern, s.handle(atWorkbench(r.serve)))
	}
	mux.HandleFunc("/", s.handle(noPage))
	return mux
}

// portalRoutes are the pages of the portal.
func portalRoutes() []route {
	return slices.Concat(openRoutes(), signedInRoutes(), organizationRoutes(), peopleRoutes(), scopeRoutes(), integrationRoutes())
}
