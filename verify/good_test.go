package verify_test

import (
	"crypto"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/verify"
)

func organization(orgno string) verify.Organization {
	return verify.Organization{Authority: verify.AuthorityISO6523, ID: "0192:" + orgno, OrgNo: maskinporten.OrgNo(orgno)}
}

func TestEveryGoodKindOfTokenPassesWithTypedClaims(t *testing.T) {
	t.Parallel()
	details := []any{systemUser("externalRef", "ref-1"), map[string]any{"type": "urn:altinn:consent", "id": "c1"}}
	for _, row := range []struct {
		name    string
		changes map[string]any
		want    func(c *verify.Claims)
	}{
		{"plain", nil, func(*verify.Claims) {}},
		{"two scopes", map[string]any{"scope": "difi:api2 difi:api3"}, func(c *verify.Claims) { c.Scopes = verify.Scopes{"difi:api2", "difi:api3"} }},
		{"scopes between many blanks, some twice", map[string]any{"scope": " difi:api3  difi:a/b.c difi:api3 "}, func(c *verify.Claims) { c.Scopes = verify.Scopes{"difi:api3", "difi:a/b.c"} }},
		{"a supplier by delegation", map[string]any{"supplier": party(vendor), "delegation_source": "https://www.altinn.no/"}, func(c *verify.Claims) {
			c.Supplier, c.DelegationSource = organization(vendor), "https://www.altinn.no/"
		}},
		{"a supplier's own client", map[string]any{"supplier": party(vendor)}, func(c *verify.Claims) { c.Supplier = organization(vendor) }},
		{"a person", map[string]any{"pid": "01017000000"}, func(c *verify.Claims) { c.PID = maskinporten.NewPersonal("01017000000") }},
		{"one audience", map[string]any{"aud": "https://api.example.no/"}, func(c *verify.Claims) { c.Audience = []string{"https://api.example.no/"} }},
		{"two audiences", map[string]any{"aud": []string{"a", "b"}}, func(c *verify.Claims) { c.Audience = []string{"a", "b"} }},
		{"a system user and a consent", map[string]any{"authorization_details": details}, func(c *verify.Claims) {
			c.AuthorizationDetails = []verify.AuthorizationDetail{
				{Type: maskinporten.AuthorizationTypeSystemUser, SystemUser: &verify.SystemUser{
					Organization: organization(nav), IDs: []string{"a2ed712d-4144-4471-839f-80ae4a68146b"}, SystemID: vendor + "_system", ExternalRef: "ref-1",
				}},
				{Type: maskinporten.AuthorizationTypeConsent, Consent: &verify.Consent{ID: "c1"}},
			}
		}},
		{"a European seal", sealed("VATSE-556703748501"), func(c *verify.Claims) {
			c.Consumer = verify.Organization{Authority: verify.AuthorityETSI, ID: "VATSE-556703748501"}
		}},
		{"a national seal", sealed("DE:HR-12345"), func(c *verify.Claims) {
			c.Consumer = verify.Organization{Authority: verify.AuthorityETSI, ID: "DE:HR-12345"}
		}},
		{"a seal whose certificate keeps to no form", sealed("Bolagsverket.5567037485/å"), func(c *verify.Claims) {
			c.Consumer = verify.Organization{Authority: verify.AuthorityETSI, ID: "Bolagsverket.5567037485/å"}
		}},
		{"on behalf of", map[string]any{"onbehalfof": "part", "sub": "x"}, func(c *verify.Claims) { c.OnBehalfOf, c.Subject = "part", "x" }},
		{"without what isn't needed", map[string]any{"jti": nil, "client_id": nil, "client_amr": nil, "token_type": nil}, func(c *verify.Claims) {
			c.ID, c.ClientID, c.ClientAMR = "", "", ""
		}},
		{"claims that nobody knows yet", map[string]any{"new": map[string]any{"a": []any{1, nil, true, "x{}[],"}}}, func(*verify.Claims) {}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			want := &verify.Claims{
				Issuer: testIssuer, ID: "jti-1", ClientID: "3f1c1f4e-6a5b-4a0e-9d55-0f6c1de9a001", ClientAMR: "private_key_jwt",
				Consumer: organization(nav), Scopes: verify.Scopes{"difi:api3"}, IssuedAt: w.clock(), Expires: w.clock().Add(2 * time.Minute),
			}
			row.want(want)
			got := check.Got(verifyToken(w.verifier(), w.token(row.changes)))(t)
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(verify.Claims{}, verify.AuthorizationDetail{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
		})
	}
}

// sealed is the consumer of a European seal.
func sealed(id string) map[string]any {
	return map[string]any{"consumer": map[string]any{"authority": "etsi-en-319-412", "ID": id, "organizationName": "Bolaget AB", "countryName": "SE"}}
}

func TestTimesMayDifferByTheLeewayAndNoMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, exact := w.verifier(), w.verifier(verify.WithLeeway(0))
	now := w.clock().Unix()
	for _, row := range []struct {
		name            string
		changes         map[string]any
		leeway, without verify.Reason
	}{
		{"exp just passed", map[string]any{"iat": now - 120, "exp": now - 9}, "", verify.ReasonExpired},
		{"exp passed by the leeway", map[string]any{"iat": now - 120, "exp": now - 10}, verify.ReasonExpired, verify.ReasonExpired},
		{"exp now", map[string]any{"iat": now - 120, "exp": now}, "", verify.ReasonExpired},
		{"iat a little ahead", map[string]any{"iat": now + 10}, "", verify.ReasonIssuedInFuture},
		{"iat ahead", map[string]any{"iat": now + 11}, verify.ReasonIssuedInFuture, verify.ReasonIssuedInFuture},
		{"nbf a little ahead", map[string]any{"nbf": now + 10}, "", verify.ReasonNotYetValid},
		{"nbf now", map[string]any{"nbf": now}, "", ""},
		{"times with fractions", map[string]any{"iat": float64(now) - 0.5, "exp": float64(now) + 60.5}, "", ""},
		{"times in powers of ten", map[string]any{"iat": json.RawMessage("1.7684784e9"), "exp": json.RawMessage("17684786e2")}, "", ""},
		{"an old token that lives long", map[string]any{"iat": now - 86400, "exp": now + 86400}, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			token := w.token(row.changes)
			wantVerdict(t, v, token, row.leeway)
			wantVerdict(t, exact, token, row.without)
		})
	}
}

func TestHeadersOfGoodTokensMayVary(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.verifier()
	for name, token := range map[string]string{
		"typ JWT":         w.headed(`{"typ":"JWT","alg":"RS256","kid":"k1"}`),
		"typ at+jwt":      w.headed(`{"typ":"application/AT+JWT","alg":"RS256","kid":"k1"}`),
		"thumbprints":     w.headed(`{"alg":"RS256","kid":"k1","x5t":"x","x5t#S256":"y"}`),
		"blanks":          w.headed(" {\n\t\"alg\" : \"RS256\" ,\r\n \"kid\" : \"k1\" } "),
		"escapes":         w.headed(`{"\u0061lg":"RS256","kid":"\u006b1"}`),
		"RS384":           signWith(t, w.key, crypto.SHA384, `{"alg":"RS384","kid":"k1"}`, w.text(nil)+"}"),
		"RS512 and a key": signWith(t, testKey(t, 3), crypto.SHA512, `{"alg":"RS512","kid":"k512"}`, w.text(nil)+"}"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantVerdict(t, v, token, "")
		})
	}
}

func TestAudienceIsStrictWhereAResourceIsConfigured(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.verifier(verify.WithResource("https://api.example.no/", "urn:old"))
	for _, row := range []struct {
		aud  any
		want verify.Reason
	}{
		{"https://api.example.no/", ""},
		{[]string{"https://other.example.no/", "urn:old"}, ""},
		{nil, verify.ReasonAudienceMissing},
		{[]string{}, verify.ReasonAudienceMissing},
		{"https://api.example.no", verify.ReasonAudience},
		{"https://api.example.no/x", verify.ReasonAudience},
		{[]string{"https://other.example.no/"}, verify.ReasonAudience}, // replayed against another API
		{"", verify.ReasonAudience},
	} {
		t.Run(fmt.Sprint(row.aud), func(t *testing.T) {
			t.Parallel()
			wantVerdict(t, v, w.token(map[string]any{"aud": row.aud}), row.want)
		})
	}
}

func TestSeveralIssuersAreEachCheckedWithTheirOwnKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.verifier(verify.WithIssuer(maskinporten.Prod), verify.WithIssuer(maskinporten.Prod))
	prod := string(marshal(t, w.claims(map[string]any{"iss": prodIssuer})))
	claims, err := verifyToken(v, signWith(t, testKey(t, 2), crypto.SHA256, `{"alg":"RS256","kid":"p1"}`, prod))
	if err != nil || claims.Issuer != prodIssuer {
		t.Fatalf("production's token: %v, %v", claims, err)
	}
	wantVerdict(t, v, w.token(nil), "")
	wantVerdict(t, v, w.signed(`{"alg":"RS256","kid":"k1"}`, prod), verify.ReasonKeyUnknown) // test's key vouches for production
}
