package issuer_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

func TestATokenOfAnyDoorIsGood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	local := w.openDoor(t, "http://127.0.0.1:8080/")
	w.openDoor(t, "http://127.0.0.1:8080/") // a second time changes nothing
	token := check.Got(local.Mint(object{"client_id": "c", "consumer": party(consumerNo), "supplier": party(supplierNo), "scope": "difi:a  difi:b"}))(t)
	want := &issuer.Claims{
		Issuer: "http://127.0.0.1:8080/", ClientID: "c", OrgNo: consumerNo, SupplierOrgNo: supplierNo,
		Scopes: []string{"difi:a", "difi:b"}, Expires: dawn.Add(2 * time.Minute),
	}
	for range 2 { // the second time it is remembered
		got := check.Got(w.issuer.Verify(token))(t)
		check.Same(t, want, got, "claims")
	}
	single := check.Got(w.door.Mint(object{"aud": "https://api.example.no/", "authorization_details": "none"}))(t)
	check.Got(w.issuer.Verify(single))(t) // what isn't read may have any form
	got := check.Got(w.issuer.Verify(w.token(t)))(t)
	if got.Issuer != issuerURL || got.OrgNo != consumerNo || got.SupplierOrgNo != "" || !slices.Equal(got.Scopes, []string{"difi:a"}) {
		t.Errorf("claims %+v", got)
	}
}

func TestATokenIsGoodUntilItExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token, other := w.token(t), w.token(t)
	w.advance(119 * time.Second)
	check.Got(w.issuer.Verify(token))(t)
	w.advance(time.Second)
	for _, expired := range []string{token, other} { // remembered, and not
		if _, err := w.issuer.Verify(expired); err == nil {
			t.Error("it is still good")
		}
	}
}

func TestWhatIsNoToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := w.token(t)
	mint := func(claims object, flaws ...issuer.Flaw) string {
		token := check.Got(w.door.Mint(claims, flaws...))(t)
		return token
	}
	for name, token := range map[string]string{
		"nothing":                    "",
		"a word":                     "token",
		"a grant":                    w.good(t, nil),
		"cut off":                    good[:len(good)-10],
		"with more behind it":        good + ".x",
		"very long":                  good + strings.Repeat("x", 1<<20),
		"without a kid":              sign(t, testkeys.Issuers, object{"alg": "RS256"}, w.claims(nil)),
		"of another algorithm":       sign(t, testkeys.Issuers, object{"alg": "RS512", "kid": kidOf(1)}, w.claims(nil)),
		"with claims that are none":  sign(t, testkeys.Issuers, object{"alg": "RS256", "kid": kidOf(1)}, "[]"),
		"for nobody":                 mint(object{"consumer": party("123456789")}),
		"for another scheme":         mint(object{"consumer": object{"authority": "x", "ID": "0192:" + consumerNo}}),
		"for a string":               mint(object{"consumer": consumerNo}),
		"from a wrong supplier":      mint(object{"supplier": party("1")}),
		"expired":                    mint(nil, issuer.Expired),
		"of another issuer":          mint(nil, issuer.OtherIssuer),
		"signed with another key":    mint(nil, issuer.OtherKey),
		"signed with an unknown key": mint(nil, issuer.UnknownKey),
		"without a consumer":         mint(nil, issuer.MissingConsumer),
		"tampered with":              mint(nil, issuer.Tampered),
		"unsigned":                   mint(nil, issuer.Unsigned),
		"of a door that is not open": mint(object{"iss": "https://maskinporten.no/"}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			claims, err := w.issuer.Verify(token)
			if err == nil || claims != nil {
				t.Fatalf("claims %+v", claims)
			}
			if len(token) > 5 && strings.Contains(err.Error(), token) {
				t.Error("the error holds the token")
			}
		})
	}
}

func TestAnotherEnvironmentsTokenIsNotGood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	prod := newWorld(t, func(c *issuer.Config) {
		c.Environment, c.Keys = "prod", [2]int{testkeys.Issuers + 2, testkeys.Issuers + 3}
	})
	if _, err := w.issuer.Verify(prod.token(t)); err == nil {
		t.Error("it is")
	}
}

func TestARotatedKeysTokensEndWithIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token(t)
	check.Got(w.issuer.Verify(token))(t)
	w.issuer.RotateKey()
	w.issuer.RotateKey()
	if _, err := w.issuer.Verify(token); err == nil {
		t.Error("it is still good, though its key has gone")
	}
}

func TestARetiredKeysTokensEndWhenItLeavesTheKeySet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	long := check.Got(w.door.Mint(object{"exp": dawn.Add(72 * time.Hour).Unix()}))(t)
	w.issuer.RotateKey()
	w.advance(23 * time.Hour)
	check.Got(w.issuer.Verify(long))(t) // is remembered from now on
	w.advance(time.Hour)
	if _, err := w.issuer.Verify(long); err == nil {
		t.Error("it is still good, though its key has gone")
	}
}

func TestAResetKeepsTheTokensOfTheFirstKeyOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.token(t)
	w.issuer.RotateKey()
	second := w.token(t)
	for _, token := range []string{first, second} {
		check.Got(w.issuer.Verify(token))(t)
	}
	w.issuer.Reset()
	if _, err := w.issuer.Verify(first); err != nil {
		t.Errorf("of the first key: %v", err)
	}
	if _, err := w.issuer.Verify(second); err == nil {
		t.Error("of the second key, which isn't in the key set any more: still good")
	}
}

func TestTokensAreVerifiedAndKeysRotatedAtTheSameTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			token, err := w.door.Mint(nil)
			if err == nil {
				_, err = w.issuer.Verify(token)
			}
			if err != nil && !strings.Contains(err.Error(), "key") {
				t.Error(err)
			}
		})
		group.Go(func() { w.issuer.RotateKey() })
		group.Go(func() {
			if err := w.issuer.SetConsent(issuer.Consent{ID: "c"}); err != nil {
				t.Error(err)
			}
		})
		group.Go(func() { w.issuer.Consents() })
	}
	group.Wait()
}
