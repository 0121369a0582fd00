package gateway

import (
	"net/http"
	"slices"
)

// New returns a gateway that is reached in memory. The config is the gateway's
// from now on.
func New(config *Config) (*Gateway, error) {
	g := &Gateway{config: config, apis: map[string]http.Handler{}}
	g.memory = g.newSite(inMemory())
	return g, config.Engine.Know(inMemory().Issuer)
}

// Site serves everything below a base address, or finds who does already: a
// program may ask for its handler again and again.
func (g *Gateway) Site(base string) (*Site, error) {
	addresses, err := parse(base)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range g.sites {
		if s.first == addresses.Base {
			return s, nil
		}
	}
	if err := g.config.Engine.Know(addresses.Issuer); err != nil {
		return nil, err
	}
	s := g.newSite(addresses)
	g.sites = append(g.sites, s)
	return s, nil
}

func (g *Gateway) newSite(addresses *Addresses) *Site {
	s := &Site{gateway: g, first: addresses.Base, byHost: map[string]*Addresses{}}
	s.current.Store(addresses)
	s.handler = http.HandlerFunc(s.answer)
	for _, wrap := range slices.Backward(g.config.Middleware) {
		s.handler = wrap(s.handler)
	}
	return s
}
