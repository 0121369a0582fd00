package keyfile_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/keyfile"
)

func signer(t *testing.T, name string) crypto.Signer {
	t.Helper()
	key, err := keyfile.FromPEM(file(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return key.Signer
}

// certificate is issued by another, or by itself, for some days.
func certificate(t *testing.T, name string, days int, ca bool, own, issuerKey crypto.Signer, issuer *x509.Certificate) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(days)), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().AddDate(0, 0, days),
		IsCA: ca, BasicConstraintsValid: ca,
	}
	if issuer == nil {
		issuer = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, own.Public(), issuerKey)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func orders[E any](elements []E) (all [][]E) {
	if len(elements) < 2 {
		return [][]E{elements}
	}
	for i, first := range elements {
		for _, rest := range orders(slices.Concat(elements[:i], elements[i+1:])) {
			all = append(all, append([]E{first}, rest...))
		}
	}
	return all
}

func TestTheChainIsTheKeysOwnInAnyOrder(t *testing.T) {
	t.Parallel()
	one, two, weak := signer(t, "one.pem"), signer(t, "two.pem"), signer(t, "weak.pem")
	root := certificate(t, "root", 9, true, two, two, nil)
	older := certificate(t, "leaf", 1, false, one, two, root)
	newer := certificate(t, "leaf", 2, false, one, two, root)
	namesake := certificate(t, "root", 99, true, weak, weak, nil) // the name, but not the key
	for _, order := range orders([]*x509.Certificate{older, newer, root, namesake}) {
		chain := keyfile.Chain(order, one.Public())
		if len(chain) != 2 || chain[0] != newer || chain[1] != root {
			t.Errorf("a chain of %d, the leaf until %v", len(chain), chain[0].NotAfter)
		}
	}
	if chain := keyfile.Chain([]*x509.Certificate{older, newer}, two.Public()); chain != nil {
		t.Errorf("another key has a chain of %d", len(chain))
	}
	if chain := keyfile.Chain(nil, one.Public()); chain != nil {
		t.Error("a chain of nothing")
	}
}

func TestABundlesLeafIsTheOneThatCertifiesNoOther(t *testing.T) {
	t.Parallel()
	one, two, weak := signer(t, "one.pem"), signer(t, "two.pem"), signer(t, "weak.pem")
	root := certificate(t, "root", 9, true, two, two, nil)
	middle := certificate(t, "middle", 8, true, weak, two, root)
	leaf := certificate(t, "leaf", 2, false, one, weak, middle)
	renewed := certificate(t, "leaf", 3, false, one, weak, middle)
	alone := certificate(t, "alone", 1, true, one, one, nil)
	for what, test := range map[string]struct {
		bundle []*x509.Certificate
		want   []*x509.Certificate
		says   string
	}{
		"whole":             {bundle: []*x509.Certificate{root, middle, leaf}, want: []*x509.Certificate{leaf, middle, root}},
		"without the root":  {bundle: []*x509.Certificate{middle, leaf}, want: []*x509.Certificate{leaf, middle}},
		"leaf":              {bundle: []*x509.Certificate{leaf}, want: []*x509.Certificate{leaf}},
		"renewed":           {bundle: []*x509.Certificate{leaf, renewed, middle}, want: []*x509.Certificate{renewed, middle}},
		"self-signed":       {bundle: []*x509.Certificate{alone}, want: []*x509.Certificate{alone}},
		"authorities":       {bundle: []*x509.Certificate{root, middle}, says: `authorities only, `},
		"a stranger beside": {bundle: []*x509.Certificate{leaf, middle, root, certificate(t, "stranger", 1, false, signer(t, "files/three-primes.pem"), weak, middle)}, says: "certificates of several keys"},
		"nothing":           {says: "no certificate that is a key's own"},
	} {
		for _, order := range orders(test.bundle) {
			got, err := keyfile.Bundle(order)
			if test.says != "" {
				if err == nil || !strings.Contains(err.Error(), test.says) {
					t.Errorf("%s: %v", what, err)
				}
			} else if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("%s: a chain of %d, error %v", what, len(got), err)
			}
		}
	}
}

func TestACertificateOfAnUnknownKindOfKeyHasAChain(t *testing.T) {
	t.Parallel()
	one := signer(t, "one.pem")
	made := certificate(t, "leaf", 1, false, one, one, nil)
	rsaOID := []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1}
	odd, err := x509.ParseCertificate(bytes.Replace(made.Raw, rsaOID, append(rsaOID[:8:8], 0x7f), 1))
	if err != nil {
		t.Fatal(err)
	}
	if chain, err := keyfile.Bundle([]*x509.Certificate{odd}); err != nil || len(chain) != 1 {
		t.Errorf("a chain of %d, error %v", len(chain), err)
	}
	if _, err := keyfile.Bundle([]*x509.Certificate{odd, made}); err == nil {
		t.Error("two keys are one")
	}
}

func TestManyNamesAreShortened(t *testing.T) {
	t.Parallel()
	one, two := signer(t, "one.pem"), signer(t, "two.pem")
	bundle := []*x509.Certificate{certificate(t, strings.Repeat("n", 64), 1, false, one, one, nil)}
	for _, name := range []string{"a", "b", "c", "d"} {
		bundle = append(bundle, certificate(t, name, 1, false, two, two, nil))
	}
	_, err := keyfile.Bundle(bundle)
	if err == nil || !strings.Contains(err.Error(), `"`+strings.Repeat("n", 40)+`", "a", "b", "c", …: keep`) {
		t.Errorf("error %v", err)
	}
	if _, err = keyfile.Bundle(bundle[:4]); err == nil || strings.Contains(err.Error(), "…") {
		t.Errorf("error %v", err)
	}
}

func TestAnIssuerWithoutAKeyIDIsFoundByItsSignature(t *testing.T) {
	t.Parallel()
	one, two := signer(t, "one.pem"), signer(t, "two.pem")
	authority := certificate(t, "authority", 3, false, two, two, nil) // not marked as one, so that it has no key id
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "leaf"}, AuthorityKeyId: []byte{1}}
	der, err := x509.CreateCertificate(rand.Reader, template, authority, one.Public(), two)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if len(authority.SubjectKeyId) > 0 || len(leaf.AuthorityKeyId) == 0 {
		t.Fatal("the certificates aren't as this test wants them")
	}
	if chain := keyfile.Chain([]*x509.Certificate{authority, leaf}, one.Public()); len(chain) != 2 || chain[1] != authority {
		t.Errorf("the chain has %d certificates", len(chain))
	}
}

func TestAnIssuerOfAnOldSignatureIsFoundByItsNameAndKeyID(t *testing.T) {
	t.Parallel()
	one, two, weak := signer(t, "one.pem"), signer(t, "two.pem"), signer(t, "weak.pem")
	authority, namesake := certificate(t, "authority", 3, true, two, two, nil), certificate(t, "authority", 9, true, weak, weak, nil)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "leaf"}, SignatureAlgorithm: x509.SHA1WithRSA}
	der, err := x509.CreateCertificate(rand.Reader, template, authority, one.Public(), two)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	for _, order := range orders([]*x509.Certificate{namesake, authority, leaf}) {
		if chain := keyfile.Chain(order, leaf.PublicKey); len(chain) != 2 || chain[0] != leaf || chain[1] != authority {
			t.Errorf("the chain has %d certificates", len(chain))
		}
	}
}
