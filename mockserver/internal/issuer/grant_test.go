package issuer_test

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
)

func TestAGoodGrantGivesAToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.ask(t, w.good(t, object{"scope": "difi:b difi:a"}))
	token := granted(t, got)
	if got.header.Get("Cache-Control") != "no-store" || got.header.Get("Pragma") != "no-cache" {
		t.Errorf("the answer may be cached: %v", got.header)
	}
	check.Same(t, "application/json;charset=UTF-8", got.header.Get("Content-Type"), "Content-Type")
	delete(got.body, "access_token")
	check.Same(t, object{"token_type": "Bearer", "expires_in": 120.0, "scope": "difi:b difi:a"}, got.body, "answer")
	if d := got.decision; !d.Granted() || d.ClientID != app || d.TokenID != token["jti"] || d.Reason != "" || d.Code != "" {
		t.Errorf("decision %+v", d)
	}
}

func TestTheDecisionHoldsTheDecodedGrant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	claims := w.claims(object{"scope": 7}) // refused, but readable
	got := w.ask(t, sign(t, appKey, object{"alg": "RS256", "kid": kid}, claims))
	refused(t, got, malformed)
	var header, decoded object
	check.OK(t, json.Unmarshal(got.decision.Header, &header))
	check.OK(t, json.Unmarshal(got.decision.Claims, &decoded))
	if header["kid"] != kid || decoded["scope"] != 7.0 || got.decision.ClientID != app {
		t.Errorf("decision for %s: %s %s", got.decision.ClientID, got.decision.Header, got.decision.Claims)
	}
	if !strings.Contains(got.decision.Reason, "the claim scope") {
		t.Errorf("reason %q doesn't name the claim", got.decision.Reason)
	}
}

func TestWhatIsNoJWT(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := w.good(t, nil)
	parts := strings.Split(good, ".")
	header, payload, signature := parts[0], parts[1], parts[2]
	deep := strings.Repeat(`[`, 10_000) + strings.Repeat(`]`, 10_000)
	for name, assertion := range map[string]string{
		"a word":                     "assertion",
		"two parts":                  header + "." + payload,
		"four parts":                 good + ".x",
		"five parts, as a JWE has":   good + ".x.y",
		"empty parts":                "..",
		"padding":                    header + "=." + payload + "." + signature,
		"plain base64":               header + ".+/" + payload + "." + signature,
		"a line break":               header + ".\r\n" + payload + "." + signature,
		"a blank":                    " " + good,
		"bits left over":             "AB." + payload + "." + signature,
		"the header no JSON":         encode(t, "header") + "." + payload + "." + signature,
		"the header an array":        encode(t, `["RS256"]`) + "." + payload + "." + signature,
		"the header null":            encode(t, `null`) + "." + payload + "." + signature,
		"no alg":                     sign(t, appKey, object{"kid": kid}, w.claims(nil)),
		"alg a number":               sign(t, appKey, object{"alg": 256, "kid": kid}, w.claims(nil)),
		"alg null":                   sign(t, appKey, `{"alg":null,"kid":"key-1"}`, w.claims(nil)),
		"alg none":                   encode(t, object{"alg": "none", "kid": kid}) + "." + payload + ".",
		"alg none, signed":           sign(t, appKey, object{"alg": "none", "kid": kid}, w.claims(nil)),
		"alg HS256":                  sign(t, appKey, object{"alg": "HS256", "kid": kid}, w.claims(nil)),
		"alg PS256":                  sign(t, appKey, object{"alg": "PS256", "kid": kid}, w.claims(nil)),
		"alg rs256":                  sign(t, appKey, object{"alg": "rs256", "kid": kid}, w.claims(nil)),
		"alg twice":                  sign(t, appKey, `{"alg":"none","alg":"RS256","kid":"key-1"}`, w.claims(nil)),
		"ALG instead of alg":         sign(t, appKey, object{"ALG": "RS256", "kid": kid}, w.claims(nil)),
		"kid a number":               sign(t, appKey, object{"alg": "RS256", "kid": 1}, w.claims(nil)),
		"critical extensions":        sign(t, appKey, object{"alg": "RS256", "kid": kid, "crit": []string{"exp"}}, w.claims(nil)),
		"unencoded payload":          sign(t, appKey, object{"alg": "RS256", "kid": kid, "b64": false, "crit": []string{"b64"}}, w.claims(nil)),
		"a JWT in a JWT":             sign(t, appKey, object{"alg": "RS256", "kid": kid, "cty": "JWT"}, good),
		"claims null":                sign(t, appKey, object{"alg": "RS256", "kid": kid}, "null"),
		"claims an array":            sign(t, appKey, object{"alg": "RS256", "kid": kid}, "[]"),
		"claims cut off":             sign(t, appKey, object{"alg": "RS256", "kid": kid}, `{"iss":"app","aud":`),
		"claims without their end":   sign(t, appKey, object{"alg": "RS256", "kid": kid}, `{"iss":"app"`),
		"claims and more":            sign(t, appKey, object{"alg": "RS256", "kid": kid}, `{"iss":"app"} {}`),
		"a name that is no string":   sign(t, appKey, object{"alg": "RS256", "kid": kid}, `{1:2}`),
		"invalid UTF-8":              sign(t, appKey, object{"alg": "RS256", "kid": kid}, "{\"iss\":\"app\xff\"}"),
		"a claim 10,000 levels deep": sign(t, appKey, object{"alg": "RS256", "kid": kid}, `{"x":`+deep+`}`),
		"a doubled claim":            sign(t, appKey, object{"alg": "RS256", "kid": kid}, `{"iss":"app","iss":"app"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, w.ask(t, assertion), malformed)
		})
	}
}

func TestMalformedClaims(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	none := []any{json.RawMessage("null"), true, 1, []any{}, object{}}
	but := func(kept ...any) []any { return append(kept, none...) }
	for claim, values := range map[string][]any{
		"iss":                   none,
		"jti":                   none,
		"scope":                 but("", " ", "   "),
		"aud":                   {json.RawMessage("null"), true, 1, object{}, []any{1}, []any{nil}, []any{issuerURL, 1}},
		"iat":                   {json.RawMessage("null"), true, "1751445000", []any{}, object{}, -1, -0.5, json.RawMessage("1e400"), json.RawMessage("9223372036854775807"), json.RawMessage("-9223372036854775808"), 1e30, -1e30},
		"exp":                   {json.RawMessage("null"), true, "1751445000", []any{}, object{}, -1, json.RawMessage("1e400"), json.RawMessage("99999999999999999999999999"), 1e30},
		"nbf":                   {json.RawMessage("null"), true, "1751445000", []any{}, object{}, -1, 1e30},
		"resource":              {json.RawMessage("null"), true, 1, object{}, []any{1}, []any{nil}, []any{[]any{}}, []any{"https://api.example.no/", 1}},
		"pid":                   but("", "0101197000", "010119700000", "0101197000a", "01011970 00", "٠١٢٣٤٥٦٧٨٩٠", 1011970000),
		"consumer_org":          but("", "88964078", "889640783", "0192:889640782", "889 640 782", ".."),
		"iss_onbehalfof":        but(""),
		"authorization_details": {json.RawMessage("null"), true, 1, "urn:altinn:consent", object{"type": "urn:altinn:consent"}, []any{1}, []any{nil}, []any{"urn:altinn:consent"}, []any{object{}, object{}}},
	} {
		t.Run(claim, func(t *testing.T) {
			t.Parallel()
			for _, value := range values {
				refused(t, w.ask(t, w.good(t, object{claim: value})), malformed)
			}
		})
	}
}

func TestMissingClaims(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for claim, want := range map[string]row{
		"iat": malformed, "exp": malformed, "scope": malformed, "iss": clientNotFound, "aud": wrongAudience,
	} {
		refused(t, w.ask(t, w.good(t, object{claim: nil})), want)
	}
}

func TestClaimNamesAreTakenToTheLetter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refused(t, w.ask(t, w.good(t, object{"scope": nil, "Scope": "difi:a"})), malformed)
	for _, name := range []string{"SCOPE", "ISS", "Pid"} {
		refused(t, w.ask(t, w.good(t, object{name: "x"})), malformed)
	}
}

func TestAnUnknownClaimIsRefusedUnlessTheMockIsLenient(t *testing.T) {
	t.Parallel()
	strict, kind := newWorld(t), newWorld(t, func(c *issuer.Config) { c.Lenient = func() bool { return true } })
	for name, value := range map[string]any{"client_orgno": consumerNo, "azp": 7, "number": json.RawMessage("1e999"), "": nil, "x": json.RawMessage("null")} {
		if value == nil {
			value = object{"any": []any{}}
		}
		got := strict.ask(t, strict.good(t, object{name: value}))
		refused(t, got, malformed)
		if !strings.Contains(got.decision.Reason, strconv.Quote(name)) {
			t.Errorf("the reason %q doesn't name %q", got.decision.Reason, name)
		}
		lenient := kind.ask(t, kind.good(t, object{name: value}))
		granted(t, lenient)
		if len(lenient.decision.Assumed) != 1 || !strings.Contains(lenient.decision.Assumed[0], strconv.Quote(name)) {
			t.Errorf("%q: assumed %v", name, lenient.decision.Assumed)
		}
	}
}

func TestSubIsIgnoredWhateverItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, sub := range []any{app, "somebody else", "", 7, []any{}, json.RawMessage("null")} {
		if got := granted(t, w.ask(t, w.good(t, object{"sub": sub, "prn": sub}))); got["sub"] != nil || got["prn"] != nil {
			t.Errorf("the token has the sub %v", got["sub"])
		}
	}
}

func TestNbfIsHonoured(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := dawn.Unix()
	for _, nbf := range []any{now, now - 1000, 0, now + 10, float64(now) + 0.5} {
		if got := granted(t, w.ask(t, w.good(t, object{"nbf": nbf}))); got["nbf"] != nil {
			t.Errorf("the token has the nbf %v", got["nbf"])
		}
	}
	for _, nbf := range []any{now + 11, now + 3600, float64(now) + 11.9} {
		refused(t, w.ask(t, w.good(t, object{"nbf": nbf})), issuedInFuture)
	}
}

func TestClaimsMayBeWrittenInAnyWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const claims = "\r\n { \"sub\" : [ {\"a\":\"]}\\\"\"}, [ ], {} , 1 , true ] ,\t\"\\u0069ss\":\"\\u0061pp\",\"jti\":\"\"," +
		` "aud" : [ "https:\/\/test.maskinporten.no\/" ] ,"iat":1751445000 ,"exp":1751445060,"scope":"difi:a"}` + "\n"
	if got := granted(t, w.ask(t, sign(t, appKey, "\t"+`{ "alg" : "RS256" , "kid":"key-1" } `, claims))); got["client_id"] != app {
		t.Errorf("claims %v", got)
	}
}

func TestTimesMayHaveAFraction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text := check.Got(json.Marshal(w.claims(object{"iat": "IAT", "exp": "EXP", "jti": nil})))(t)
	for iat, exp := range map[string]string{"1751445000.0\n": "\t1.75144505e9\n", "1751445000.999": "1751445120.5", "1751444999.000001": "1751445001.0"} {
		spaced := strings.NewReplacer(`"IAT"`, iat, `"EXP"`, exp, `"scope":`, `"scope" : `).Replace(string(text))
		granted(t, w.ask(t, sign(t, appKey, object{"alg": "RS256", "kid": kid}, spaced)))
	}
	check.Same(t, int64(1751445000), dawn.Unix(), "the clock has changed, and with it the meaning of this test")
}

func TestAGrantLivesTwoMinutesAtMost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := dawn.Unix()
	granted(t, w.ask(t, w.good(t, object{"iat": now, "exp": now + 120})))
	granted(t, w.ask(t, w.good(t, object{"iat": now + 10, "exp": now + 130})))
	refused(t, w.ask(t, w.good(t, object{"iat": now, "exp": now + 121})), malformed)
	refused(t, w.ask(t, w.good(t, object{"iat": now, "exp": now + 3600})), malformed)
}

func TestTimesGoByTheMocksClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := dawn.Unix()
	for _, test := range []struct {
		name     string
		iat, exp int64
		want     *row // nil: granted
	}{
		{"issued now", now, now + 100, nil},
		{"issued 10 s back", now - 10, now + 100, nil},
		{"issued 11 s back", now - 11, now + 100, nil},
		{"issued as far back as it can be", now - 119, now + 1, nil},
		{"issued 10 s ahead", now + 10, now + 100, nil},
		{"issued 11 s ahead", now + 11, now + 100, &issuedInFuture},
		{"issued an hour ahead", now + 3600, now + 3700, &issuedInFuture},
		{"expires in 1 s", now, now + 1, nil},
		{"expires now", now, now, &expiredGrant},
		{"expired before it was issued", now, now - 1, &expiredGrant},
		{"expired long ago", now - 3700, now - 3600, &expiredGrant},
		{"from 1970", 0, 1, &expiredGrant},
		{"expired a second ago", now - 10, now - 1, &expiredGrant},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := w.ask(t, w.good(t, object{"iat": test.iat, "exp": test.exp}))
			if test.want != nil {
				refused(t, got, *test.want)
				return
			}
			granted(t, got)
		})
	}
}

func TestAGrantIsGoodUntilItExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	early, late := w.good(t, nil), w.good(t, nil)
	w.advance(99 * time.Second)
	granted(t, w.ask(t, early))
	w.advance(time.Second)
	refused(t, w.ask(t, late), expiredGrant)
}

func TestKeysThatTheGrantBringsAlongMeanNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	header := object{
		"alg": "RS256", "kid": kid, "jku": "https://evil.example/jwks", "x5u": "https://evil.example/cert", "typ": "JOSE",
		"jwk": object{"kty": "RSA", "n": base64.RawURLEncoding.EncodeToString([]byte("n")), "e": "AQAB"},
	}
	granted(t, w.ask(t, sign(t, appKey, header, w.claims(nil))))
	refused(t, w.ask(t, sign(t, otherKey, header, w.claims(nil))), badSignature)
}
