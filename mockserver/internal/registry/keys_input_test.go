package registry_test

import (
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// keyRefused checks that a key is refused for a field, and changes nothing.
func keyRefused(t *testing.T, in registry.KeyInput, field string) {
	t.Helper()
	w, id := withClient(t)
	w.refusesChange(t, id, registry.Invalid, field, func() error { return check.Err(w.PutKey(consumer, id, "k", in)) })
}

// keyTaken checks that a key is taken, and returns it.
func keyTaken(t *testing.T, in registry.KeyInput) registry.Key {
	t.Helper()
	w := newWorld(t)
	key := check.Got(w.PutKey(consumer, w.create(t, server()).ClientID, "k", in))(t)
	return key
}

func TestEveryMemberOfAKeyIsRequiredWithALegalValue(t *testing.T) {
	t.Parallel()
	for field, c := range map[string]struct {
		set    func(in *registry.KeyInput, value string)
		values []string
	}{
		"kty": {func(in *registry.KeyInput, v string) { in.Kty = v }, []string{"", "EC", "oct", "rsa"}},
		"use": {func(in *registry.KeyInput, v string) { in.Use = v }, []string{"", "enc", "SIG"}},
		"alg": {func(in *registry.KeyInput, v string) { in.Alg = v }, []string{"", "PS256", "ES256", "none", "HS256"}},
		"n":   {func(in *registry.KeyInput, v string) { in.N = v }, []string{"", "AQ", "====", "+/+/"}},
		"e":   {func(in *registry.KeyInput, v string) { in.E = v }, []string{"", "AA", "AQ", "BA", "A", "AQAB=", "AQAB\n", "gAAAAQ", "AQAAAAAAAAAAAQ"}},
	} {
		for _, value := range c.values {
			in := publicKey(t, 0, "k")
			c.set(&in, value)
			keyRefused(t, in, field)
		}
	}
	for _, alg := range []string{"RS256", "RS384", "RS512"} {
		in := publicKey(t, 0, "k")
		in.Alg = alg
		if key := keyTaken(t, in); key.Alg != alg {
			t.Errorf("%s became %s", alg, key.Alg)
		}
	}
	for _, exponent := range []string{"Aw", "f____w"} { // 3 and 2^31-1
		in := publicKey(t, 0, "k")
		in.E = exponent
		keyTaken(t, in)
	}
}

func TestAKidIsAHarmlessName(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	for _, kid := range []string{"", ".", "..", "a/b", "a b", "a%2fb", "æ", "a\n", strings.Repeat("k", 256)} {
		w.refusesChange(t, id, registry.Invalid, "kid", func() error { return check.Err(w.PutKey(consumer, id, kid, publicKey(t, 0, kid))) })
	}
	w.posts(t, id, "a", "A.b_c-9", "...a", strings.Repeat("k", 255))
}

func TestAModulusHas2048To8192OddBits(t *testing.T) {
	t.Parallel()
	modulus := func(bits uint, odd int64) registry.KeyInput {
		n := new(big.Int).Lsh(big.NewInt(1), bits-1)
		in := publicKey(t, 0, "k")
		in.N = base64.RawURLEncoding.EncodeToString(n.Add(n, big.NewInt(odd)).Bytes())
		return in
	}
	for _, bits := range []uint{1024, 2047, 8193} {
		keyRefused(t, modulus(bits, 1), "n")
	}
	for _, bits := range []uint{2048, 3072, 8192} {
		keyTaken(t, modulus(bits, 1))
	}
	keyRefused(t, modulus(2048, 0), "n")
}

func TestAMemberOfTheWrongTypeIsNamed(t *testing.T) {
	t.Parallel()
	for text, field := range map[string]string{
		`{"kty":1}`: "kty", `{"n":["a"]}`: "n", `{"x5c":"MII"}`: "x5c", `{"x5c":[1]}`: "x5c",
		`{"exp":"tomorrow"}`: "exp", `{"exp":1.5}`: "exp", `{"kid":{}}`: "kid", `[]`: "", `5`: "",
	} {
		keyRefused(t, decoded[registry.KeyInput](t, text), field)
	}
}

func TestEveryPrivateMemberGivesAKeyAwayAsPrivate(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	public := check.Got(json.Marshal(keyTaken(t, publicKey(t, 0, "k"))))(t)
	for _, member := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		for _, value := range []string{`"c2VjcmV0"`, `""`, `[{"r":"c2VjcmV0"}]`, `1`, `"c2VjcmV0","` + member + `":null`} {
			text := strings.Replace(string(public), "{", `{"`+member+`":`+value+",", 1)
			w.happened()
			_, err := w.PutKey(consumer, id, "k", decoded[registry.KeyInput](t, text))
			wantKind(t, err, registry.Invalid, "")
			if strings.Contains(err.Error(), "c2VjcmV0") {
				t.Errorf("the error tells the key: %v", err)
			}
			check.Same(t, []registry.EventKind{registry.PrivateKeyPosted}, kinds(w.happened()), text[:40])
		}
	}
	in := decoded[registry.KeyInput](t, strings.Replace(string(public), "{", `{"d":null,"x5t":"a","key_ops":["verify"],`, 1))
	check.Got(w.PutKey(consumer, id, "k", in))(t) // not sent, and unknown members
}

func TestX5cIsTheChainOfTheKeysOwnCertificate(t *testing.T) {
	t.Parallel()
	key := check.Got(testkeys.RSA(testkeys.Free))(t)
	der := check.Got(pki.SelfSigned(key, "own", 1))(t)
	other := check.Got(testkeys.RSA(testkeys.Free + 1))(t)
	othersDER := check.Got(pki.SelfSigned(other, "other", 1))(t)
	own, others := base64.StdEncoding.EncodeToString(der), base64.StdEncoding.EncodeToString(othersDER)

	in := publicKey(t, 0, "k")
	in.X5c = []string{own, others}
	check.Same(t, in.X5c, keyTaken(t, in).X5c)
	for name, x5c := range map[string][]string{
		"another key's":     {others, own},
		"no base64":         {"?"},
		"base64url":         {base64.URLEncoding.EncodeToString(der) + "_"},
		"line breaks":       {own[:64] + "\n" + own[64:]},
		"no certificate":    {"AAAA"},
		"broken later on":   {own, "AAAA"},
		"empty certificate": {""},
	} {
		t.Log(name)
		in.X5c = x5c
		keyRefused(t, in, "x5c")
	}
}
