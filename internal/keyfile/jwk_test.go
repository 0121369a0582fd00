package keyfile_test

import (
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/keyfile"
)

func TestNumbersOfAJWKAreTakenToTheirLimits(t *testing.T) {
	t.Parallel()
	bits := func(n uint) string {
		return base64.RawURLEncoding.EncodeToString(new(big.Int).Lsh(big.NewInt(1), n-1).Bytes())
	}
	greatest := base64.RawURLEncoding.EncodeToString([]byte{0x7f, 0xff, 0xff, 0xff}) // of 31 bits
	for what, row := range map[string]struct {
		n, e, d string
		ok      bool
	}{
		"a modulus of 16,384 bits": {bits(16384), "AQAB", "AQ", true},
		"one of 16,385":            {bits(16385), "AQAB", "AQ", false},
		"an exponent of 31 bits":   {"AQ", greatest, "AQ", true},
		"one of 32":                {"AQ", bits(32), "AQ", false},
		"one of 64":                {"AQ", bits(64), "AQ", false},
		"none":                     {"AQ", "", "AQ", false},
		"no base64":                {"A", "AQAB", "AQ", false},
		"a modulus of zero":        {"AA", "AQAB", "AQ", false},
		"a private part of zero":   {"AQ", "AQAB", "AA", false},
	} {
		key, err := keyfile.FromJWK(fmt.Appendf(nil, `{"kty":"RSA","n":%q,"e":%q,"d":%q}`, row.n, row.e, row.d), "")
		if row.ok != (err == nil && key.Signer != nil) || !row.ok && !strings.Contains(err.Error(), "check kty") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAJWKExpiresWhenItSays(t *testing.T) {
	t.Parallel()
	for exp, want := range map[string]int64{"1": 1, "1800000000": 1800000000, "0": 0, "-1": 0, "1.5": 0, `"1"`: 1, "null": 0, `"soon"`: 0} {
		key, err := keyfile.FromJWK([]byte(`{"kty":"RSA","n":"AQ","e":"AQAB","d":"AQ","exp":`+exp+`}`), "")
		if err != nil {
			t.Errorf("%s: %v", exp, err)
		} else if got := key.Expires; got.IsZero() != (want == 0) || want != 0 && got.Unix() != want {
			t.Errorf("%s: %v", exp, got)
		}
	}
}

func TestAJWKTellsItsNameAndItsUse(t *testing.T) {
	t.Parallel()
	key, err := keyfile.FromJWK([]byte(`{"n":"4+5/+w==","e":"AQAB","d":"AQAB","kid":7,"alg":"RS384","use":"sig","x5c":["AA"]}`), "7")
	if err != nil || key.KeyID != "7" || key.Algorithm != "RS384" || key.Use != "sig" || key.Unreadable != 1 || len(key.Certificates) != 0 {
		t.Errorf("%+v, error %v", key, err)
	}
}

func TestAJWKHasBothPrimesOrNone(t *testing.T) {
	t.Parallel()
	private := signer(t, "one.pem").(*rsa.PrivateKey)
	text := func(n *big.Int) string { return base64.RawURLEncoding.EncodeToString(n.Bytes()) }
	p, q := text(private.Primes[0]), text(private.Primes[1])
	jwk := fmt.Sprintf(`{"kty":"RSA","n":%q,"e":"AQAB","d":%q`, text(private.N), text(private.D))
	for members, says := range map[string]string{
		`,"p":"` + p + `","q":"` + q + `"`: "", "": "", `,"p":"` + p + `"`: "one prime only", `,"q":"` + q + `"`: "one prime only",
		`,"p":"` + p + `","q":"?"`: "an unreadable one", `,"p":7,"q":"` + q + `"`: "an unreadable one", `,"p":"?","q":"?"`: "an unreadable one",
		`,"p":"` + p + `","q":"` + q + `","oth":[]`: "more than two primes",
	} {
		key, err := keyfile.FromJWK([]byte(jwk+members+"}"), "")
		if says != "" {
			mustSay(t, members, err, says)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", members, err)
			continue
		}
		got := key.Signer.(*rsa.PrivateKey)
		if members == "" && (len(got.Primes) != 0 || !got.PublicKey.Equal(private.Public())) || members != "" && !got.Equal(private) {
			t.Errorf("%s: another key of %d primes", members, len(got.Primes))
		}
	}
}

func TestUpToFiveKeysAreNamed(t *testing.T) {
	t.Parallel()
	set := func(n int) []byte {
		var keys []string
		for i := range n {
			keys = append(keys, fmt.Sprintf(`{"kid":"k%d"}`, i))
		}
		return []byte(`{"keys":[` + strings.Join(keys, ",") + `]}`)
	}
	for n, end := range map[int]string{2: `"k0", "k1"`, 5: `"k3", "k4"`, 6: `"k3", "k4", …`} {
		if _, err := keyfile.FromJWK(set(n), ""); err == nil || !strings.HasSuffix(err.Error(), end) {
			t.Errorf("of %d: %v", n, err)
		}
	}
}
