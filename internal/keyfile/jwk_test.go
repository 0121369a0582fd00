package keyfile_test

import (
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
