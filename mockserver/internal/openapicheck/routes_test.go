package openapicheck_test

import (
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
)

// place is where a request belongs in the description.
type place struct {
	path       string // of the description
	parameters map[string]string
	// byPortal: a call of self-service that came by the portal, which may
	// refuse it itself.
	byPortal bool
}

// find looks for the path of a request. Environments are found below their
// names, and self-service with and without /api/v1.
func find(document *openapi3.T, host, escaped string) (place, bool) {
	segments, ok := split(escaped)
	if !ok || slices.Contains(portals, host) && segments[0] != "portal" {
		return place{}, false
	}
	path, byPortal := normal(segments, isReal(host))
	if path == nil || !servedAt(host, path[0]) {
		return place{}, false
	}
	var found []place
	for _, candidate := range document.Paths.InMatchingOrder() {
		if parameters, ok := match(strings.Split(strings.TrimPrefix(candidate, "/"), "/"), path); ok {
			found = append(found, place{candidate, parameters, byPortal})
		}
	}
	if len(found) == 0 {
		return place{}, false
	}
	return slices.MinFunc(found, func(a, b place) int { return len(a.parameters) - len(b.parameters) }), true
}

// Where the mock is found in memory, and how paths there begin.
var (
	issuers  = []string{"test.maskinporten.no", "ver1.maskinporten.no", "ver2.maskinporten.no", "maskinporten.no"}
	apis     = []string{"api.test.samarbeid.digdir.no", "api.samarbeid.digdir.no", "integrasjon-ver1.difi.no", "integrasjon-ver2.difi.no", "integrasjon.difi.no"}
	portals  = []string{"portal.mockserver.invalid"}
	ofIssuer = []string{".well-known", "errors", "jwk", "token", "tokeninfo"}
	ofServer = []string{"_mock", "openapi.json", "portal", "world.schema.json"}
)

// isReal reports whether a host is the only one of its environment.
func isReal(host string) bool { return slices.Contains(slices.Concat(issuers, apis, portals), host) }

// servedAt reports whether a host has paths that begin so.
func servedAt(host, first string) bool {
	switch {
	case slices.Contains(issuers, host):
		return slices.Contains(ofIssuer, first)
	case slices.Contains(apis, host):
		return first == "api"
	default:
		return true
	}
}

func split(escaped string) ([]string, bool) {
	segments := strings.Split(strings.TrimSuffix(strings.TrimPrefix(escaped, "/"), "/"), "/")
	for i, segment := range segments {
		plain, err := url.PathUnescape(segment)
		if err != nil || plain == "" {
			return nil, false
		}
		segments[i] = plain
	}
	return segments, true
}

// normal rewrites a path to the form that is described; nil: it has none.
func normal(segments []string, real bool) (path []string, byPortal bool) {
	below := environments[1:] // test is at the root
	switch first := segments[0]; {
	case first == ".well-known" && len(segments) == 3 && slices.Contains(below, segments[2]) && !real:
		segments = segments[:2]
	case len(segments) > 1 && slices.Contains(below, first) && !real:
		if segments = segments[1:]; slices.Contains(ofServer, segments[0]) {
			return nil, false
		}
	case first == "portal" && len(segments) > 4 && segments[2] == "environments" && !atPortalOnly(segments[4:]):
		segments, byPortal = segments[4:], true
	}
	if !slices.Contains(slices.Concat(ofIssuer, ofServer, []string{"api"}), segments[0]) {
		segments = slices.Concat([]string{"api", "v1"}, segments)
	}
	return segments, byPortal
}

func atPortalOnly(segments []string) bool {
	return segments[0] == "available-scopes" || segments[0] == "key-status" || segments[len(segments)-1] == "merchant-data"
}

func match(pattern, segments []string) (map[string]string, bool) {
	if len(pattern) != len(segments) {
		return nil, false
	}
	parameters := map[string]string{}
	for i, part := range pattern {
		switch {
		case strings.HasPrefix(part, "{"):
			parameters[strings.Trim(part, "{}")] = segments[i]
		case part != segments[i]:
			return nil, false
		}
	}
	return parameters, true
}

// route is the operation of one of the descriptions; nil: none.
func route(document *openapi3.T, at place, method string) *routers.Route {
	item := document.Paths.Value(at.path)
	operation := item.GetOperation(method)
	if operation == nil {
		return nil
	}
	return &routers.Route{Spec: document, Path: at.path, PathItem: item, Method: method, Operation: operation}
}
