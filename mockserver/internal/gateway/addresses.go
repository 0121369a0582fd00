package gateway

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/engine"
)

// Endpoints are the addresses of one environment.
type Endpoints struct{ Issuer, Token, API, Portal string }

// Addresses are where the environments are found: by the real hosts in memory, or
// by path below a base address.
type Addresses struct {
	// Base has no last slash. Empty: in memory.
	Base string
	// Endpoints by environment.
	Endpoints map[string]Endpoints

	hosts map[string]realHost // nil: by path
	path  string              // of Base, escaped, without a last slash
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
	// PortalHost is where the portal is found in memory. The real one has no
	// such calls, so it is not one of the real hosts.
	PortalHost = "portal.mockserver.invalid"
)

// realHosts are those of the real environments: the issuer's, those of
// self-service, and where that is below the first.
var realHosts = map[string]struct {
	issuer string
	api    []string
	path   string
}{
	"ver1": {"ver1.maskinporten.no", []string{"integrasjon-ver1.difi.no"}, ""},
	"ver2": {"ver2.maskinporten.no", []string{"integrasjon-ver2.difi.no"}, ""},
	"test": {"test.maskinporten.no", []string{"api.test.samarbeid.digdir.no"}, "/api/v1"},
	"prod": {"maskinporten.no", []string{"api.samarbeid.digdir.no", "integrasjon.difi.no"}, "/api/v1"}, // the second until 2024
}

// inMemory are those of the real environments, the same for all mocks.
var inMemory = sync.OnceValue(func() *Addresses {
	a := &Addresses{Endpoints: map[string]Endpoints{}, hosts: map[string]realHost{}}
	for name, real := range realHosts {
		a.hosts[real.issuer] = realHost{name, true}
		for _, host := range real.api {
			a.hosts[host] = realHost{name, false}
		}
		issuer := "https://" + real.issuer + "/"
		a.Endpoints[name] = Endpoints{
			Issuer: issuer, Token: issuer + "token", API: "https://" + real.api[0] + real.path, Portal: "https://" + PortalHost + "/portal/api/environments/" + name,
		}
	}
	return a
})

// parseBase refuses what is no base address.
func parseBase(base string) (*url.URL, error) {
	u, err := url.Parse(base)
	if err == nil && u.Port() != "" {
		if port, odd := strconv.Atoi(u.Port()); odd != nil || port < 1 || port > 65535 {
			return nil, fmt.Errorf("%.200q has a port that can't be", base)
		}
	}
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.ContainsAny(base, "?#") {
		return nil, fmt.Errorf("%.200q is no base address such as http://localhost:8080", base)
	}
	return u, nil
}

// environments are all, whichever are served.
var environments = engine.Names()

// Below are the addresses below a base address.
func Below(base string) *Addresses {
	path := ""
	if u, err := url.Parse(base); err == nil {
		path = u.EscapedPath()
	}
	return at(base, path)
}

// parse reads a base address.
func parse(base string) (*Addresses, error) {
	u, err := parseBase(base)
	if err != nil {
		return nil, err
	}
	return at(base, u.EscapedPath()), nil
}

func at(base, path string) *Addresses {
	base = strings.TrimRight(base, "/")
	a := &Addresses{Base: base, Endpoints: map[string]Endpoints{}, path: strings.TrimRight(path, "/")}
	for _, name := range environments {
		root := base + "/"
		if name != "test" {
			root += name + "/"
		}
		api := root + "api/v1"
		if strings.HasPrefix(name, "ver") {
			api = strings.TrimSuffix(root, "/") // as the old hosts had it
		}
		a.Endpoints[name] = Endpoints{Issuer: root, Token: root + "token", API: api, Portal: base + "/portal/api/environments/" + name}
	}
	return a
}

// Issuer is how the issuer of an environment is reached.
func (a *Addresses) Issuer(environment string) engine.Address {
	e := a.Endpoints[environment]
	return engine.Address{Issuer: e.Issuer, Token: e.Token}
}

// below takes the path of the base address off a request's, if it is there.
func (a *Addresses) below(path string) string {
	if a.path == "" {
		return cmp.Or(path, "/")
	}
	document := ""
	if rest, ok := strings.CutPrefix(path, metadataPath); ok && strings.HasPrefix(rest, a.path) {
		path, document = rest, metadataPath // RFC 8414: the issuer's path comes last
	}
	if rest, ok := strings.CutPrefix(path, a.path); ok && (rest == "" || rest[0] == '/') {
		path = rest
	}
	return cmp.Or(document+path, "/")
}

// hostOf is the host of an address as maps have it.
func hostOf(u *url.URL) string { return strings.TrimSuffix(strings.ToLower(u.Host), ":443") }

// hostname is the name in a Host header, in lower case and without a last dot.
func hostname(host string) string {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	return strings.TrimSuffix(strings.ToLower(strings.Trim(name, "[]")), ".")
}
