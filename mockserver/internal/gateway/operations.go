package gateway

import (
	"net/http"
	"strings"
	"sync"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/restapi"
)

// The calls of an environment's issuer.
const (
	tokenCall     = "POST /token"     //nolint:gosec // a call, no credential
	tokenInfoCall = "POST /tokeninfo" //nolint:gosec // an address, no credential
	keysCall      = "GET /jwk"
	errorCall     = "GET /errors/{code}"
	metadataCall  = "GET " + metadataPath
)

// Operations are the calls that an environment answers. Nobody may change the
// list: all mocks share it.
var Operations = sync.OnceValue(func() []string {
	return append(restapi.Operations(), tokenCall, tokenInfoCall, keysCall, metadataCall, errorCall)
})

// isIssuers reports whether a path is one of the issuer's, and not
// self-service's.
func isIssuers(segments []string) bool {
	switch len(segments) {
	case 1:
		return segments[0] == "token" || segments[0] == "tokeninfo" || segments[0] == "jwk"
	case 2:
		return segments[0] == "errors" || segments[0] == wellKnown && segments[1] == metadata
	default:
		return false
	}
}

// operationOf names the call that an environment has for a request; "" if there
// is none.
func operationOf(r *http.Request, segments []string) string {
	switch {
	case !isIssuers(segments):
		return restapi.OperationOf(r.Method, segments)
	case segments[0] == "token":
		return tokenCall
	case segments[0] == "tokeninfo":
		return tokenInfoCall
	case segments[0] == "jwk":
		return keysCall
	case segments[0] == "errors":
		return errorCall
	default:
		return metadataCall
	}
}

// isToken reports whether a path is that of the token endpoint.
func isToken(segments []string) bool { return strings.Join(segments, "/") == "token" }
