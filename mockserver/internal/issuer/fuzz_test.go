package issuer_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
)

// checkAnswer fails unless an answer is a token or a row of the table, and no
// fault of the mock's own.
func checkAnswer(t *testing.T, got reply) {
	t.Helper()
	if got.decision.Granted() {
		granted(t, got)
		return
	}
	if got.status >= 500 || !slices.ContainsFunc(issuer.Rows(), func(r issuer.Row) bool {
		return r.Status == got.status && r.Code == got.decision.Code && r.Error == got.body["error"]
	}) {
		t.Errorf("%d %v: %s", got.status, got.body, got.decision.Reason)
	}
}

// FuzzAssertion sends anything for an assertion.
func FuzzAssertion(f *testing.F) {
	w := newWorld(f)
	good := w.good(f, object{"jti": nil}) // so that it can be used again
	f.Add(good)
	f.Add(strings.ReplaceAll(good, ".", ""))
	f.Add(sign(f, certKey, w.x5cHeader(f, pki.Order{OrgNo: consumerNo}), w.claims(object{"iss": certificate})))
	f.Add(encode(f, `{"alg":"none"}`) + "." + encode(f, `{}`) + ".")
	f.Fuzz(func(t *testing.T, assertion string) {
		w.issuer.Reset() // the same input finds the same state
		checkAnswer(t, w.ask(t, assertion))
	})
}

// FuzzForm sends anything for a body.
func FuzzForm(f *testing.F) {
	w := newWorld(f)
	f.Add(url.Values{"grant_type": {jwtBearer}, "assertion": {w.good(f, object{"jti": nil})}}.Encode())
	f.Add("grant_type=&assertion=%")
	f.Fuzz(func(t *testing.T, form string) {
		w.issuer.Reset()
		checkAnswer(t, w.post(t, w.door, form))
	})
}

// FuzzGrant signs any header and claims, so that what is in them reaches all
// the checks.
func FuzzGrant(f *testing.F) {
	w := newWorld(f)
	const header = `{"alg":"RS256","kid":"key-1"}`
	f.Add(header, `{"iss":"app","aud":"https://test.maskinporten.no/","iat":1751445000,"exp":1751445060,"scope":"difi:a difi:b"}`)
	f.Add(header, `{"iss":"app","aud":["https://test.maskinporten.no/"],"iat":1751445000.0,"exp":17514450.6e2,"jti":"j","scope":"difi:a","resource":["x"],"pid":"01011970000"}`)
	f.Add(header, `{"iss":"app","aud":"https://test.maskinporten.no/","iat":1751445000,"exp":1751445060,"scope":"difi:a","consumer_org":"991825827"}`)
	f.Add(header, `{"iss":"app","aud":"https://test.maskinporten.no/","iat":1751445000,"exp":1751445060,"scope":"difi:a","iss_onbehalfof":"x"}`)
	f.Add(header, `{"iss":"app","aud":"https://test.maskinporten.no/","iat":1751445000,"exp":1751445060,"scope":"difi:a","authorization_details":[{"type":"urn:altinn:systemuser","systemuser_org":{"authority":"iso6523-actorid-upis","ID":"0192:991825827"},"externalRef":"x"}]}`)
	f.Add(header, `{"iss":"app","aud":"https://test.maskinporten.no/","iat":1751445000,"exp":1751445060,"scope":"difi:a","authorization_details":[{"type":"urn:altinn:consent","id":"x","from":"y"}]}`)
	f.Add(`{"alg":"RS512","x5c":["AAAA"]}`, `{"iss":"cert-app","aud":"https://test.maskinporten.no/","iat":1751445000,"exp":1751445060,"scope":"difi:a"}`)
	f.Fuzz(func(t *testing.T, header, claims string) {
		w.issuer.Reset()
		checkAnswer(t, w.ask(t, sign(t, appKey, header, claims)))
	})
}
