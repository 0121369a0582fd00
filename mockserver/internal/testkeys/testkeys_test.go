package testkeys_test

import (
	"encoding/base64"
	"math/big"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
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
	check.Same(t, want, order, "a number has changed its meaning")
}

func TestAKeyIsParsedOnce(t *testing.T) {
	t.Parallel()
	first := check.Got(testkeys.RSA(testkeys.Free))(t)
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

func TestAPrivateJWKIsThatOfTheKey(t *testing.T) {
	t.Parallel()
	for number := range testkeys.Count() {
		text := check.Got(testkeys.PrivateJWK(number, "my-key"))(t)
		key := check.Got(testkeys.RSA(number))(t)
		want := check.Got(jose.JSONWebKey{Key: key, KeyID: "my-key", Algorithm: "RS256", Use: "sig"}.MarshalJSON())(t)
		check.Same(t, string(want), string(text), "key ", number)
	}
}
