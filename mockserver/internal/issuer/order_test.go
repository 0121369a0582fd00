package issuer_test

import (
	"maps"
	"net/url"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// Each fault of TestTheFirstFailingCheckDecides is one of a step in the order
// of the checks. Faults of several steps at once must be refused for that of
// the earliest.
type fault struct {
	name   string
	want   row
	values []string
	claims object // what it changes in the claims
	header object // what it changes in the header
	key    int    // signs instead of the right one; 0: none
	form   string // added to the form
}

var faults = []fault{
	{name: "form", want: otherGrantType, form: "password"},
	{name: "JWT syntax", want: malformed, claims: object{"pid": "1"}},
	{name: "client", want: clientNotFound, claims: object{"iss": "nobody"}},
	{name: "aud", want: wrongAudience, claims: object{"aud": "https://maskinporten.no/"}},
	{name: "key", want: unknownKid, header: object{"kid": "key-2"}},
	{name: "signature", want: badSignature, key: otherKey},
	{name: "times", want: expiredGrant, claims: object{"iat": dawn.Unix() - 60, "exp": dawn.Unix() - 1}},
	{name: "jti", want: usedBefore, claims: object{"jti": "spent"}},
	{name: "scopes registered", want: invalidScopes, values: []string{"difi:x"}, claims: object{"scope": "difi:no-type difi:no-access difi:x"}},
	{name: "integration type", want: wrongType, claims: object{"scope": "difi:no-access difi:no-type"}},
	{name: "access", want: noAccess, values: []string{"difi:no-access"}, claims: object{"scope": "difi:no-access"}},
	{name: "authorization details", want: unknownType, values: []string{"x"}, claims: object{"authorization_details": []any{object{"type": "x"}}}},
}

func TestTheFirstFailingCheckDecides(t *testing.T) {
	t.Parallel()
	for first := range faults {
		t.Run(faults[first].name, func(t *testing.T) {
			t.Parallel()
			w := faultyWorld(t)
			refused(t, w.askWith(t, faults[first:first+1]), faults[first].want, faults[first].values...)
			refused(t, w.askWith(t, faults[first:]), faults[first].want, faults[first].values...)
			for second := first + 1; second < len(faults); second++ {
				both := []fault{faults[first], faults[second]}
				refused(t, w.askWith(t, both), faults[first].want, faults[first].values...)
			}
		})
	}
}

// faultyWorld is one in which each of the faults can be committed.
func faultyWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.scope(t, "no-type", nil)
	w.scope(t, "no-access", nil)
	check.Got(w.ReplaceClient(consumer, app, registry.ClientInput{ClientFields: registry.ClientFields{
		ClientName: app, Description: "For tests", Scopes: []string{"difi:a", "difi:no-type", "difi:no-access"},
	}}))(t)
	check.Got(w.ReplaceScope(provider, "difi:no-type", registry.ScopeInput{ScopeFields: registry.ScopeFields{
		Prefix: "difi", Subscope: "no-type", Description: "For tests", AllowedIntegrationTypes: []string{registry.IDPorten},
	}}))(t)
	w.revoke(t, "difi:no-access")
	granted(t, w.ask(t, w.good(t, object{"jti": "spent"})))
	return w
}

// askWith commits the faults, in the order from the last to the first, so
// that where two change the same claim the earlier check's change stands.
func (w *world) askWith(t *testing.T, committed []fault) reply {
	t.Helper()
	claims, header, key, grantType := w.claims(nil), object{"alg": "RS256", "kid": kid}, appKey, jwtBearer
	for i := range committed {
		f := committed[len(committed)-1-i]
		maps.Copy(claims, f.claims)
		maps.Copy(header, f.header)
		if f.key != 0 {
			key = f.key
		}
		if f.form != "" {
			grantType = f.form
		}
	}
	form := url.Values{"grant_type": {grantType}, "assertion": {sign(t, key, header, claims)}}
	return w.post(t, w.door, form.Encode())
}

func TestTheOrderWithinTheKeyChecks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	header := w.x5cHeader(t, pki.Order{OrgNo: providerNo, Kind: pki.Revoked})
	// a revoked certificate of another organisation, with another's signature
	refused(t, w.certified(t, otherKey, header), badCertificate)
	header = w.x5cHeader(t, pki.Order{OrgNo: providerNo})
	refused(t, w.certified(t, otherKey, header), wrongOrgNo)
	// a malformed x5c of a client that isn't known
	refused(t, w.ask(t, sign(t, certKey, object{"alg": "RS256", "x5c": 1}, w.claims(object{"iss": "nobody"}))), clientNotFound)
	// ... or for another audience
	refused(t, w.ask(t, sign(t, certKey, object{"alg": "RS256", "x5c": 1}, w.claims(object{"iss": certificate, "aud": "x"}))), wrongAudience)
}
