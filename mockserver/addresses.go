package mockserver

import (
	"cmp"
	"net/url"
	"strings"
	"sync"

	"github.com/maskinporten-go/maskinporten"
)

// addresses are where a door's environments are found.
type addresses struct {
	endpoints map[string]maskinporten.Endpoints
	// hosts maps the real hosts to what is found there; nil: by path, below
	// base.
	hosts map[string]realHost
	base  *url.URL
}

// realHost is the issuer of an environment, or else its self-service.
type realHost struct {
	environment string
	issuer      bool
}

const (
	wellKnown = ".well-known"
	metadata  = "oauth-authorization-server"

	metadataPath = "/" + wellKnown + "/" + metadata
	// portalHost is where the portal is found in memory. The real one has no
	// such calls, so it is none of the real hosts.
	portalHost = "portal.mockserver.invalid"
	// oldProduction is where production's self-service was until 2024.
	oldProduction = "integrasjon.difi.no"
)

// memoryAddresses are those of the real environments, the same for all servers.
var memoryAddresses = sync.OnceValue(func() addresses {
	a := addresses{
		endpoints: map[string]maskinporten.Endpoints{},
		hosts:     map[string]realHost{oldProduction: {environment: string(maskinporten.Prod)}},
	}
	for _, env := range maskinporten.Environments() {
		endpoints, err := env.Endpoints()
		if err != nil {
			continue // all environments have some
		}
		for address, isIssuer := range map[string]bool{endpoints.Issuer: true, endpoints.API: false} {
			if u, err := url.Parse(address); err == nil {
				a.hosts[u.Host] = realHost{environment: string(env), issuer: isIssuer}
			}
		}
		endpoints.Portal = "https://" + portalHost + "/portal/api/environments/" + string(env)
		a.endpoints[string(env)] = endpoints
	}
	return a
})

// addressesBelow are those of a listener or handler.
func addressesBelow(base string) addresses {
	base = strings.TrimRight(base, "/")
	a := addresses{endpoints: map[string]maskinporten.Endpoints{}}
	if a.base, _ = url.Parse(base); a.base == nil {
		a.base = &url.URL{}
	}
	for _, name := range environmentNames() {
		root := base + "/"
		if name != "test" {
			root += name + "/"
		}
		api := root + "api/v1"
		if strings.HasPrefix(name, "ver") {
			api = strings.TrimSuffix(root, "/") // as the old hosts had it
		}
		a.endpoints[name] = maskinporten.Endpoints{
			Issuer: root, Token: root + "token", API: api, Portal: base + "/portal/api/environments/" + name,
		}
	}
	return a
}

// below takes the path of the base address off a request's, if it is there.
func (a addresses) below(path string) string {
	if a.base == nil || a.base.Path == "" {
		return cmp.Or(path, "/")
	}
	base, document := strings.TrimRight(a.base.EscapedPath(), "/"), ""
	if rest, ok := strings.CutPrefix(path, metadataPath); ok && strings.HasPrefix(rest, base) {
		path, document = rest, metadataPath // RFC 8414: the issuer's path comes last
	}
	if rest, ok := strings.CutPrefix(path, base); ok && (rest == "" || rest[0] == '/') {
		path = rest
	}
	return cmp.Or(document+path, "/")
}

// hostOf is the host of an address as maps have it.
func hostOf(u *url.URL) string { return strings.TrimSuffix(strings.ToLower(u.Host), ":443") }
