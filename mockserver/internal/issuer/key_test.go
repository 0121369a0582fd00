package issuer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

func TestUnknownAndInactiveClientsAreNotFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refused(t, w.ask(t, w.good(t, object{"iss": "nobody"})), clientNotFound)
	refused(t, w.ask(t, w.good(t, object{"iss": ""})), clientNotFound)
	refused(t, w.ask(t, w.good(t, object{"iss": "APP"})), clientNotFound)
	check.OK(t, w.DeactivateClient(consumer, app))
	refused(t, w.ask(t, w.good(t, nil)), clientNotFound)
	check.Got(w.ReplaceClient(consumer, app, registry.ClientInput{ClientFields: registry.ClientFields{ClientName: app, Description: "Back again", Scopes: []string{"difi:a"}}, Active: new(true)}))(t)
	granted(t, w.ask(t, w.good(t, nil)))
}

func TestTheAudienceIsTheIssuerAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	granted(t, w.ask(t, w.good(t, object{"aud": []string{issuerURL}})))
	for _, audience := range []any{
		"", "https://test.maskinporten.no", "https://test.maskinporten.no/token", "https://maskinporten.no/",
		"https://TEST.maskinporten.no/", []string{}, []string{"https://maskinporten.no/"},
		[]string{issuerURL, "https://maskinporten.no/"}, []string{issuerURL, issuerURL},
	} {
		refused(t, w.ask(t, w.good(t, object{"aud": audience})), wrongAudience)
	}
}

func TestTheAlgorithmsOfKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, algorithm := range []string{"RS256", "RS384", "RS512"} {
		w.key(t, consumer, app, algorithm, otherKey+i, algorithm)
		granted(t, w.ask(t, sign(t, otherKey+i, object{"alg": algorithm, "kid": algorithm}, w.claims(nil))))
	}
	refused(t, w.ask(t, sign(t, otherKey, object{"alg": "RS384", "kid": "RS256"}, w.claims(nil))), badSignature)
	refused(t, w.ask(t, sign(t, otherKey+2, object{"alg": "RS256", "kid": "RS512"}, w.claims(nil))), badSignature)
}

func TestAClientWithKeysMustNameOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refused(t, w.ask(t, sign(t, appKey, object{"alg": "RS256"}, w.claims(nil))), kidRequired)
	refused(t, w.ask(t, sign(t, certKey, w.x5cHeader(t, pki.Order{OrgNo: consumerNo}), w.claims(nil))), kidRequired)
	refused(t, w.ask(t, sign(t, appKey, object{"alg": "RS256", "x5c": "no array"}, w.claims(nil))), kidRequired)
	for _, unknown := range []string{"", "key-2", "KEY-1", "key-1 ", strings.Repeat("k", 10_000)} {
		refused(t, w.ask(t, sign(t, appKey, object{"alg": "RS256", "kid": unknown}, w.claims(nil))), unknownKid)
	}
}

func TestAKeyThatHasNotReachedTheTokenEndpoint(t *testing.T) {
	t.Parallel()
	w := newSlowWorld(t, 2*time.Minute)
	w.key(t, consumer, app, "new", otherKey, "RS256")
	ask := func() reply { return w.ask(t, sign(t, otherKey, object{"alg": "RS256", "kid": "new"}, w.claims(nil))) }
	w.advance(2*time.Minute - time.Second)
	refused(t, ask(), unknownKid)
	w.advance(time.Second)
	granted(t, ask())
}

func TestTheKidCountsWhereThereIsACertificateToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	header := w.x5cHeader(t, pki.Order{OrgNo: consumerNo})
	header["kid"] = kid
	granted(t, w.ask(t, sign(t, appKey, header, w.claims(nil))))
	refused(t, w.ask(t, sign(t, certKey, header, w.claims(nil))), badSignature)
	header["kid"] = "key-2"
	refused(t, w.ask(t, sign(t, certKey, header, w.claims(nil))), unknownKid)
}

func TestAForeignOrBrokenSignature(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := w.good(t, nil)
	cut := strings.LastIndexByte(good, '.')
	for name, assertion := range map[string]string{
		"another key's":                 sign(t, otherKey, object{"alg": "RS256", "kid": kid}, w.claims(nil)),
		"none":                          good[:cut+1],
		"cut off":                       good[:len(good)-4],
		"cut by one":                    good[:len(good)-1],
		"a word":                        good[:cut] + ".signature",
		"other unused bits":             unused(good),
		"a line break behind it":        good + "\n",
		"another grant's":               w.good(t, object{"scope": "difi:b"})[:cut] + good[cut:],
		"the hash of another algorithm": sign(t, appKey, `{"alg":"RS512","kid":"key-1"}`, w.claims(nil)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, w.ask(t, assertion), badSignature)
		})
	}
	granted(t, w.ask(t, good)) // refused ones have spent nothing
}

// unused changes the bits at the end of a signature that base64url doesn't
// need for its 256 bytes.
func unused(assertion string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := len(assertion) - 1
	return assertion[:last] + string(alphabet[strings.IndexByte(alphabet, assertion[last])+1])
}

func TestAKeyExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	params := check.Got(testkeys.Public(otherKey))(t)
	check.Got(w.PutKey(consumer, app, "short", registry.KeyInput{Kty: "RSA", Use: "sig", Alg: "RS256", N: params.N, E: params.E, Exp: new(dawn.Unix() + 60)}))(t)
	short := func() reply {
		return w.ask(t, sign(t, otherKey, object{"alg": "RS256", "kid": "short"}, w.claims(nil)))
	}
	w.advance(59 * time.Second)
	granted(t, short())
	w.advance(time.Second)
	refused(t, short(), expiredKey)

	w.advance(365*24*time.Hour - 61*time.Second)
	granted(t, w.ask(t, w.good(t, nil)))
	w.advance(time.Second)
	refused(t, w.ask(t, w.good(t, nil)), expiredKey)
	w.key(t, consumer, app, kid, appKey, "RS256")
	granted(t, w.ask(t, w.good(t, nil)))
}

func TestAKeyWithoutAnEndLivesAYearFromPosting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, onClients(func(c *registry.Client) {
		key := c.JWKS.Keys[0]
		key.Exp, key.Created, key.LastUpdated = 0, dawn.Add(-2*365*24*time.Hour), dawn
		c.JWKS = &registry.KeySet{Keys: []registry.Key{key}}
	}))
	w.advance(365*24*time.Hour - time.Second)
	granted(t, w.ask(t, w.good(t, nil)))
	w.advance(time.Second)
	refused(t, w.ask(t, w.good(t, nil)), expiredKey)
}

func TestARegisteredKeyThatCannotBeReadVerifiesNothing(t *testing.T) {
	t.Parallel()
	for _, broken := range []registry.Key{{N: "?", E: "AQAB"}, {N: "AQAB", E: "?"}, {N: "AQAB", E: "_____w"}, {}} {
		broken.Kid, broken.Alg = kid, "RS256"
		w := newWorld(t, onClients(func(c *registry.Client) { c.JWKS = &registry.KeySet{Keys: []registry.Key{broken}} }))
		refused(t, w.ask(t, w.good(t, nil)), badSignature)
	}
}

func TestAKeyPinnedToACertificateSignsUnderItsKid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := check.Got(testkeys.RSA(certKey))(t)
	chain := check.Got(w.ca.Issue(pki.Order{OrgNo: consumerNo, PublicKey: &key.PublicKey}, w.now()))(t)
	w.key(t, consumer, app, "pinned", certKey, "RS256", chain.X5C()...)
	granted(t, w.ask(t, sign(t, certKey, object{"alg": "RS256", "kid": "pinned"}, w.claims(nil))))
	refused(t, w.ask(t, sign(t, otherKey, object{"alg": "RS256", "kid": "pinned"}, w.claims(nil))), badSignature)
	refused(t, w.ask(t, sign(t, certKey, object{"alg": "RS256", "x5c": chain.X5C()}, w.claims(nil))), kidRequired)
}

func TestAClientWithAnEmptyKeySetShowsACertificate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, onClients(func(c *registry.Client) { c.JWKS = &registry.KeySet{} }))
	granted(t, w.ask(t, sign(t, certKey, w.x5cHeader(t, pki.Order{OrgNo: consumerNo}), w.claims(nil))))
}

func TestTheExponentOfARegisteredKeyHas31BitsAtMost(t *testing.T) {
	t.Parallel()
	for exponent, readable := range map[string]bool{"f____w": true, "gAAAAA": false, "_____w": false, "AQAAAAAAAAAA": false} {
		w := newWorld(t, onClients(func(c *registry.Client) {
			key := c.JWKS.Keys[0]
			key.E = exponent
			c.JWKS = &registry.KeySet{Keys: []registry.Key{key}}
		}))
		got := w.ask(t, w.good(t, nil))
		refused(t, got, badSignature) // the grant is signed for another exponent
		if strings.Contains(got.decision.Reason, "cannot be read") == readable {
			t.Errorf("e %s: %s", exponent, got.decision.Reason)
		}
	}
}
