package issuer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
)

func TestAMintedTokenHasTheClaimsOfARealOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := check.Got(w.door.Mint(nil))(t)
	got := claimsOf(t, token)
	want := object{
		"iss": issuerURL, "client_id": got["client_id"], "client_amr": "private_key_jwt", "consumer": party(providerNo), "scope": "",
		"token_type": "Bearer", "iat": float64(dawn.Unix()), "exp": float64(dawn.Unix() + 120), "jti": got["jti"],
	}
	check.Same(t, want, got, "claims")
	if got["client_id"] == got["jti"] {
		t.Error("client_id and jti are the same")
	}
	check.Got(w.issuer.Verify(token))(t)
}

func TestMintedClaimsReplaceAndRemove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asked := object{"scope": "difi:a", "aud": "https://api.example.no/", "exp": dawn.Add(time.Hour).Unix(), "extra": object{"deep": []int{1}}, "client_amr": nil}
	token := check.Got(w.door.Mint(asked))(t)
	got := claimsOf(t, token)
	if got["scope"] != "difi:a" || got["aud"] != "https://api.example.no/" || got["exp"] != float64(dawn.Unix()+3600) || !cmp.Equal(got["extra"], object{"deep": []any{1.0}}) {
		t.Errorf("claims %v", got)
	}
	if _, ok := got["client_amr"]; ok {
		t.Error("client_amr is there, though it was to be left out")
	}
	if len(asked) != 5 {
		t.Errorf("the caller's map was changed: %v", asked)
	}
}

func TestFlaws(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for flaw, seen := range map[issuer.Flaw]func(header, claims object) bool{
		issuer.Expired: func(_, c object) bool {
			return c["exp"] == float64(dawn.Unix()-3600) && c["iat"] == float64(dawn.Unix()-3720)
		},
		issuer.OtherIssuer:     func(_, c object) bool { return c["iss"] != issuerURL },
		issuer.MissingConsumer: func(_, c object) bool { return c["consumer"] == nil },
		issuer.OtherKey:        func(h, _ object) bool { return h["kid"] == kidOf(1) },
		issuer.UnknownKey:      func(h, _ object) bool { return h["kid"] == "unknown" },
		issuer.Tampered:        func(h, c object) bool { return h["kid"] == kidOf(1) && c["iss"] == issuerURL },
		issuer.Unsigned:        func(h, _ object) bool { return h["alg"] == "none" },
	} {
		t.Run(string(flaw), func(t *testing.T) {
			t.Parallel()
			token := check.Got(w.door.Mint(object{"scope": "difi:a"}, flaw))(t)
			header := claimsOf(t, "."+token[:strings.IndexByte(token, '.')]+".")
			claims := claimsOf(t, token)
			if claims["scope"] != "difi:a" || !seen(header, claims) {
				t.Errorf("header %v, claims %v", header, claims)
			}
			if _, err := w.issuer.Verify(token); err == nil {
				t.Error("it is good")
			}
		})
	}
}

func TestSeveralFlawsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := check.Got(w.door.Mint(nil, issuer.Expired, issuer.OtherIssuer))(t)
	if got := claimsOf(t, token); got["iss"] == issuerURL || got["exp"] != float64(dawn.Unix()-3600) {
		t.Errorf("claims %v", got)
	}
}

func TestWhatCannotBeMinted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.door.Mint(nil, "golden"); err == nil || !strings.Contains(err.Error(), `"golden"`) {
		t.Errorf("an unknown flaw: %v", err)
	}
	for _, flaw := range [][]issuer.Flaw{nil, {issuer.OtherKey}, {issuer.Unsigned}} {
		if _, err := w.door.Mint(object{"bad": func() {}}, flaw...); err == nil {
			t.Error("a claim that is no JSON was taken")
		}
	}
	broken := newWorld(t, func(c *issuer.Config) { c.Keys = [2]int{-1, -1} })
	if _, err := broken.door.Mint(nil); err == nil {
		t.Error("without a key")
	}
}
