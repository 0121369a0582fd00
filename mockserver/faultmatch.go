package mockserver

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/restapi"
)

// attempt is a request as faults see it.
type attempt struct {
	method, environment string
	segments            []string
	orgno, clientID     string
	scopes              []string
}

func (f Fault) matches(a *attempt) bool {
	return (f.Environment == "" || string(f.Environment) == a.environment) &&
		(f.OrgNo == "" || string(f.OrgNo) == a.orgno) &&
		(f.ClientID == "" || f.ClientID == a.clientID) &&
		(f.Scope == "" || slices.Contains(a.scopes, f.Scope)) &&
		f.matchesOperation(a)
}

func (f Fault) matchesOperation(a *attempt) bool {
	method, path := f.operation()
	if method != "*" && method != a.method {
		return false
	}
	return path == nil || slices.EqualFunc(path, withoutVersion(a.segments), func(want, is string) bool { return anySegment(want) || want == is })
}

// operation takes Operation apart: a method or "*", and the segments of the
// path, nil for any.
func (f Fault) operation() (method string, path []string) {
	if f.Operation == "" {
		return "*", nil
	}
	method, rest, _ := strings.Cut(f.Operation, " ")
	if rest == "*" {
		return strings.ToUpper(method), nil
	}
	return strings.ToUpper(method), withoutVersion(strings.Split(strings.Trim(rest, "/"), "/"))
}

// withoutVersion leaves out the /api/v1 that paths may begin with.
func withoutVersion(path []string) []string {
	if len(path) > 1 && path[0] == "api" && path[1] == "v1" {
		return path[2:]
	}
	return path
}

func anySegment(s string) bool { return s == "*" || strings.HasPrefix(s, "{") }

// checkOperation refuses an operation that no request can match.
func (f Fault) checkOperation() error {
	if f.Operation != "" && !strings.Contains(f.Operation, " ") {
		return fmt.Errorf("operation: %.80q is no method and path such as %q", f.Operation, "PUT /scopes")
	}
	method, path := f.operation()
	for _, known := range knownOperations() {
		ofMethod, ofPath, _ := strings.Cut(known, " /")
		if (method == "*" || method == ofMethod) && (path == nil || slices.EqualFunc(path, strings.Split(ofPath, "/"), mayMeet)) {
			return nil
		}
	}
	return fmt.Errorf("operation: nothing here answers %.80q; write it as the journal does, such as %q or %q",
		f.Operation, "PUT /scopes/access/{consumer_orgno}", tokenCall)
}

// mayMeet reports whether two segments of patterns can stand for the same.
func mayMeet(one, other string) bool { return anySegment(one) || anySegment(other) || one == other }

// knownOperations are what an environment answers.
func knownOperations() []string {
	return append(restapi.Operations(), tokenCall, "GET /jwk", "GET "+metadataPath, "GET /errors/{code}")
}

// peek finds out who makes a request, without spending its body.
func (d *door) peek(r *http.Request, environment string, segments []string) *attempt {
	a := &attempt{method: r.Method, environment: environment, segments: segments, scopes: r.URL.Query()["scope"]}
	e := d.server.environmentFor(environment)
	if len(segments) == 1 && segments[0] == "token" {
		grant := unverified(r)
		a.clientID, a.orgno, a.scopes = grant.Issuer, e.actsFor(grant.Issuer), strings.Fields(grant.Scope)
		return a
	}
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if token == "" {
		return a
	}
	if claims, err := e.issuer.Verify(token); err == nil {
		a.orgno, a.clientID = claims.OrgNo, claims.ClientID
	}
	return a
}

// unverifiedGrant is what a grant says of itself, which need not be true.
type unverifiedGrant struct {
	Issuer string `json:"iss"`
	Scope  string `json:"scope"`
}

// unverified reads the grant of a token request; empty if there is none.
func unverified(r *http.Request) (grant unverifiedGrant) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	r.Body = readCloser{io.MultiReader(bytes.NewReader(body), r.Body), r.Body}
	if err != nil {
		return grant
	}
	form, _ := url.ParseQuery(string(body)) // what can be read of it
	parts := strings.Split(form.Get("assertion"), ".")
	if len(parts) != 3 {
		return grant
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(payload, &grant) != nil {
		return unverifiedGrant{}
	}
	return grant
}

type readCloser struct {
	io.Reader
	io.Closer
}
