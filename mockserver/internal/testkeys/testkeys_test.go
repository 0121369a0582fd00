package testkeys_test

import (
	"encoding/base64"
	"encoding/json"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

func TestEveryKeyIsSoundAndHasItsPublicParameters(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for number := range testkeys.Count() {
		key, err := testkeys.RSA(number)
		if err != nil {
			t.Fatalf("RSA(%d): %v", number, err)
		}
		if err := key.Validate(); err != nil || key.N.BitLen() != 2048 {
			t.Errorf("key %d: %d bits, %v", number, key.N.BitLen(), err)
		}
		params, err := testkeys.Public(number)
		want := testkeys.Params{
			N: base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
			E: base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
		}
		if diff := cmp.Diff(want, params); diff != "" || err != nil {
			t.Errorf("Public(%d): %v\n%s", number, err, diff)
		}
		if other, ok := seen[params.N]; ok {
			t.Errorf("keys %d and %d are the same", other, number)
		}
		seen[params.N] = number
	}
}

func TestThereAreKeysForEveryUse(t *testing.T) {
	t.Parallel()
	if free := testkeys.TLS - testkeys.Free; free < 16 {
		t.Errorf("%d free keys, want 16 or more", free)
	}
	order := []int{testkeys.Issuers, testkeys.Authorities, testkeys.Admins, testkeys.Certificates, testkeys.Stranger, testkeys.Free, testkeys.TLS}
	want := []int{0, 8, 12, 18, 24, 25, 48}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("a number has changed its meaning (-want +got):\n%s", diff)
	}
}

func TestAKeyIsParsedOnce(t *testing.T) {
	t.Parallel()
	first, err := testkeys.RSA(testkeys.Free)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := testkeys.RSA(testkeys.Free); err != nil || second != first {
		t.Errorf("RSA gave another key the second time (%v)", err)
	}
}

func TestPublicParametersCostNoParsing(t *testing.T) { //nolint:paralleltest // others' allocations would count
	testkeys.Count() // splits the file
	allocations := testing.AllocsPerRun(100, func() {
		if _, err := testkeys.Public(testkeys.Free + 1); err != nil {
			t.Error(err)
		}
	})
	if allocations != 0 {
		t.Errorf("%v allocations, want none", allocations)
	}
}

func TestANumberWithoutAKeyIsAnError(t *testing.T) {
	t.Parallel()
	for _, number := range []int{-1, testkeys.Count(), 1 << 40} {
		if key, err := testkeys.RSA(number); err == nil || key != nil {
			t.Errorf("RSA(%d): %v, %v", number, key != nil, err)
		}
		if _, err := testkeys.Public(number); err == nil {
			t.Errorf("Public(%d): no error", number)
		}
		if _, err := testkeys.PrivateJWK(number, "kid"); err == nil {
			t.Errorf("PrivateJWK(%d): no error", number)
		}
	}
}

func TestAPrivateJWKIsWhole(t *testing.T) {
	t.Parallel()
	text, err := testkeys.PrivateJWK(testkeys.Free, "my-key")
	if err != nil {
		t.Fatal(err)
	}
	var jwk map[string]string
	if err := json.Unmarshal(text, &jwk); err != nil {
		t.Fatal(err)
	}
	for _, member := range []string{"d", "p", "q", "dp", "dq", "qi"} {
		if jwk[member] == "" {
			t.Errorf("%s is missing", member)
		}
		delete(jwk, member)
	}
	params, err := testkeys.Public(testkeys.Free)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "my-key", "n": params.N, "e": params.E}
	if diff := cmp.Diff(want, jwk); diff != "" {
		t.Errorf("public members (-want +got):\n%s", diff)
	}
}
