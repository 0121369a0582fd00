package keyfile_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/keyfile"
)

// certificates are those of the key one.pem: the leaf, the authority of the
// key weak.pem that issued it, and the root of two.pem.
func certificates(t *testing.T) (leaf, authority, root *x509.Certificate) {
	t.Helper()
	one, two, weak := signer(t, "one.pem"), signer(t, "two.pem"), signer(t, "weak.pem")
	root = certificate(t, "root", 9, true, two, two, nil)
	authority = certificate(t, "authority", 8, true, weak, two, root)
	return certificate(t, "leaf", 2, false, one, weak, authority), authority, root
}

func inPEM(certificates ...*x509.Certificate) (text []byte) {
	for _, c := range certificates {
		text = append(text, block("CERTIFICATE", c.Raw)...)
	}
	return text
}

func TestAPublicKeyIsFoundWithItsCertificates(t *testing.T) {
	t.Parallel()
	leaf, authority, root := certificates(t)
	public := leaf.PublicKey.(*rsa.PublicKey)
	der, pkcs1 := encoded(t, x509.MarshalPKIXPublicKey, public), x509.MarshalPKCS1PublicKey(public)
	text, others := block("PUBLIC KEY", der), block("PUBLIC KEY", encoded(t, x509.MarshalPKIXPublicKey, authority.PublicKey))
	chain := []*x509.Certificate{leaf, authority, root}
	for what, test := range map[string]struct {
		data   []byte
		public any
		chain  []*x509.Certificate
	}{
		"PEM":                              {text, public, nil},
		"PEM, PKCS#1":                      {block("RSA PUBLIC KEY", pkcs1), public, nil},
		"PEM, indented":                    {bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n  ")), public, nil},
		"DER":                              {der, public, nil},
		"DER, PKCS#1, a line break":        {append(slices.Clone(pkcs1), '\n'), public, nil},
		"a certificate in DER":             {leaf.Raw, public, chain[:1]},
		"a bundle":                         {inPEM(root, authority, leaf), public, chain},
		"a bundle, twice":                  {inPEM(leaf, root, authority, leaf, root, authority), public, chain},
		"its public key before a bundle":   {slices.Concat(text, inPEM(root, authority, leaf)), public, chain},
		"its public key behind a bundle":   {slices.Concat(inPEM(root, leaf, authority), text), public, chain},
		"an authority's, beside a bundle":  {slices.Concat(inPEM(leaf, root, authority), others), authority.PublicKey, chain[1:]},
		"two public keys":                  {slices.Concat(text, others), public, nil},
		"a public key before what is none": {slices.Concat(text, block("X", der)), public, nil},
	} {
		got, certificates, err := keyfile.Public(test.data)
		if err != nil || !public.Equal(got) != !public.Equal(test.public) || !slices.EqualFunc(certificates, test.chain, (*x509.Certificate).Equal) {
			t.Errorf("%s: %T, %d certificates, error %v", what, got, len(certificates), err)
		}
	}
}

func TestACertificateIsReadUnderEachTitleThatOpenSSLGivesIt(t *testing.T) {
	t.Parallel()
	leaf, authority, root := certificates(t)
	trusted := slices.Concat(authority.Raw, []byte{0x30, 5, 0x0c, 3}, []byte("hei")) // as openssl x509 -setalias writes it
	text := slices.Concat(inPEM(leaf), block("TRUSTED CERTIFICATE", trusted), block("X509 CERTIFICATE", root.Raw))
	const chain = "leaf, authority, root"
	if key, err := keyfile.FromPEM(append(file(t, "one.pem"), text...)); err != nil || names(t, key) != chain || key.Unreadable != 0 {
		t.Errorf("beside a private key: %+v, error %v", key, err)
	}
	if _, certificates, err := keyfile.Public(text); err != nil || len(certificates) != 3 || !certificates[0].Equal(leaf) {
		t.Errorf("alone: %d certificates, error %v", len(certificates), err)
	}
}

func TestWhatIsNoPublicKeyIsNamed(t *testing.T) {
	t.Parallel()
	leaf, authority, root := certificates(t)
	two, weak := signer(t, "two.pem"), signer(t, "weak.pem")
	stranger := certificate(t, "stranger", 1, false, signer(t, "files/three-primes.pem"), weak, authority)
	others := block("PUBLIC KEY", encoded(t, x509.MarshalPKIXPublicKey, two.Public()))
	for what, test := range map[string]struct {
		data []byte
		says string
	}{
		"nothing":                            {nil, "is empty"},
		"words":                              {[]byte("words"), "no key in a known form"},
		"half of DER":                        {leaf.Raw[:100], "cut off or damaged"},
		"other DER":                          {[]byte{0x30, 2, 5, 0}, "neither a certificate nor a public key"},
		"PEM, cut off":                       {inPEM(leaf)[:100], "cut off"},
		"another key's, beside certificates": {slices.Concat(inPEM(leaf, authority), others), "none of the certificates is for the public key beside them"},
		"authorities":                        {inPEM(root, authority), "authorities only"},
		"leaves of two keys":                 {inPEM(leaf, stranger, authority), "certificates of several keys"},
		"a damaged certificate":              {slices.Concat(inPEM(leaf), block("CERTIFICATE", []byte("x"))), "unreadable certificate"},
		"a damaged public key":               {block("PUBLIC KEY", []byte("x")), "unreadable public key"},
		"a damaged public key in PKCS#1":     {block("RSA PUBLIC KEY", []byte("x")), "unreadable public key"},
		"a request":                          {block("CERTIFICATE REQUEST", []byte("x")), `"CERTIFICATE REQUEST" is no public key`},
		"what is none, behind a certificate": {slices.Concat(inPEM(leaf), block("X", []byte("x"))), `"X" is no public key`},
	} {
		public, chain, err := keyfile.Public(test.data)
		mustSay(t, what, err, test.says)
		if public != nil || chain != nil || errors.Is(err, keyfile.ErrPrivate) {
			t.Errorf("%s: %T, %d certificates, error %v", what, public, len(chain), err)
		}
	}
}

func TestAPrivateKeyAnywhereIsNoPublicOne(t *testing.T) {
	t.Parallel()
	one, p12 := file(t, "one.pem"), file(t, "files/default.p12")
	pkcs8, _ := pem.Decode(one)
	certificate := file(t, "files/certificate-text.pem")
	for what, data := range map[string][]byte{
		"PEM": one, "behind a certificate": slices.Concat(certificate, one), "before it": slices.Concat(one, certificate), "certificates and key": file(t, "files/from-pkcs12.pem"),
		"PEM of another kind": block("PGP PRIVATE KEY BLOCK", []byte("x")), "encrypted": file(t, "files/encrypted.pem"), "cut off": []byte("-----BEGIN PRIVATE KEY-----"), "cut off, behind a certificate": slices.Concat(certificate, one[:100]),
		"DER": pkcs8.Bytes, "PKCS#12": p12, "PKCS#12 in BER": slices.Concat([]byte{0x30, 0x80}, p12[4:], []byte{0, 0}),
	} {
		if public, chain, err := keyfile.Public(data); !errors.Is(err, keyfile.ErrPrivate) || public != nil || chain != nil {
			t.Errorf("%s: %T, %d certificates, error %v", what, public, len(chain), err)
		}
	}
}
