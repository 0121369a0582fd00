// Package gateway leads requests to the environments: it knows the addresses,
// records what came, lets faults and chaos come in between, and leaves the
// answers to the rooms below. It serves in memory, at the real hosts, and below
// base addresses of a handler.
//
// One request goes through these files: memory or sites (how it came in), route
// (where it leads), guard (whether its sender may), patience (how long its body
// may take), request (what is known of it), environment (faults, the answer), or
// portal, control, pages, documents; refusal and explain (what a refusal adds).
// addresses and ready say where everything is, operations and nearest what there is.
package gateway

import (
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/engine"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/faults"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/journal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/restapi"
)

// Config says what a gateway leads to. All fields of the first group are required, and
// OnRequest.
type Config struct {
	Engine  *engine.Engine
	Journal *journal.Journal
	Faults  *faults.Faults
	Log     *slog.Logger
	// Served are the environments that are answered for.
	Served []string

	// Control answers calls below /_mock/, at a site. Nil: they are switched off.
	Control Control
	// Pages answers browsers. Nil: there are no pages.
	Pages Pages
	// Middleware is put around each site, the first outermost.
	Middleware []func(http.Handler) http.Handler
	// OnRequest is called with each request that was answered.
	OnRequest func(*journal.Request)
	// TLS: https addresses are served with a certificate of the mock's own root.
	TLS bool
	// FollowHost makes issuers of the Host header of each request.
	FollowHost bool
	// AllowHosts are names by which the control API may be called, beside those
	// that are always allowed.
	AllowHosts []string
	// Origins are those of pages that may call from a browser.
	Origins []string
}

// Control answers a call of the control API, named such as "POST clock".
type Control func(w http.ResponseWriter, r *http.Request, call string, site *Site) restapi.Outcome

// Gateway is all ways into one mock.
type Gateway struct {
	config *Config
	memory *Site

	mu    sync.Mutex // guards what follows
	sites []*Site    // that aren't in memory
	apis  map[string]http.Handler
}

// Log is where requests are logged.
func (g *Gateway) Log() *slog.Logger { return g.config.Log }

// Memory is the way in at the real hosts.
func (g *Gateway) Memory() *Site { return g.memory }

// Hosts are the names and IP addresses by which others may reach the mock, first
// those of -url or the like. A name that a client asked for is among them where the
// mock follows it.
func (g *Gateway) Hosts(asked string) []string {
	g.mu.Lock()
	sites := slices.Clone(g.sites)
	g.mu.Unlock()
	var hosts []string
	for _, site := range sites {
		for _, base := range []string{site.first, site.Addresses().Base} {
			if u, err := url.Parse(base); err == nil {
				hosts = append(hosts, hostname(u.Host))
			}
		}
	}
	for _, allowed := range g.config.AllowHosts {
		hosts = append(hosts, hostname(allowed))
	}
	if g.config.FollowHost {
		hosts = append(hosts, hostname(asked))
	}
	return hosts
}

// ConfirmURL is where confirmation mails link to: the portal at the first site, or,
// without one, in memory.
func (g *Gateway) ConfirmURL() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	base := "https://" + PortalHost
	if len(g.sites) > 0 {
		base = g.sites[0].Addresses().Base
	}
	return base + "/portal/confirm"
}

// serves reports whether an environment is answered for.
func (g *Gateway) serves(environment string) bool {
	return slices.Contains(g.config.Served, environment)
}

// Unserved says that an environment isn't answered for.
func Unserved(served []string, environment string) string {
	list := strings.Join(served, "")
	if last := len(served) - 1; last > 0 {
		list = strings.Join(served[:last], ", ") + " and " + served[last]
	}
	return "The mock was told to serve " + list + " only, and not " + environment
}

// Site is one way into the mock. It is an [http.Handler].
type Site struct {
	gateway *Gateway
	handler http.Handler // what answers: the site itself, or the middleware around it
	first   string       // base address, as it was at first
	current atomic.Pointer[Addresses]

	mu     sync.Mutex
	byHost map[string]*Addresses // those that Host headers made
}

// ServeHTTP answers a request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Addresses are those by which others know the site.
func (s *Site) Addresses() *Addresses { return s.current.Load() }

// SetURL makes another base address known: others reach the site there from now
// on. Tokens from the one before stay good.
func (s *Site) SetURL(base string) error {
	addresses, err := parse(base)
	if err != nil {
		return err
	}
	if err := s.gateway.config.Engine.Know(addresses.Issuer); err != nil {
		return err
	}
	s.current.Store(addresses)
	return nil
}

// maxHosts is how many Host headers make issuers of their own.
const maxHosts = 100

// AddressesFor are those by which the sender of a request knows the site.
func (s *Site) AddressesFor(r *http.Request) *Addresses {
	addresses := s.Addresses()
	if !s.gateway.config.FollowHost || addresses.Base == "" {
		return addresses
	}
	scheme := "http"
	if forwarded := r.Header.Get("X-Forwarded-Proto"); r.TLS != nil || forwarded == "https" {
		scheme = "https"
	}
	base := scheme + "://" + strings.ToLower(r.Host) + addresses.path
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.byHost[base]; ok {
		return known
	}
	if len(s.byHost) >= maxHosts {
		return addresses
	}
	followed, err := parse(base)
	if err != nil || s.gateway.config.Engine.Know(followed.Issuer) != nil {
		return addresses
	}
	s.byHost[base] = followed
	return followed
}

// Pages answers with what one sees in a browser.
type Pages func(w http.ResponseWriter, r *http.Request, at PageAddress)

// PageAddress is where a browser finds the mock.
type PageAddress struct {
	*Addresses
	// Path is that of the base address, without a last slash.
	Path string
	// Calls answers every call at paths without that one, among them the control
	// API's. Nil: that is switched off.
	Calls http.Handler
}
