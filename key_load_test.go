package maskinporten_test

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func TestAKeyIsReadFromEveryForm(t *testing.T) {
	t.Parallel()
	private := privateKey(t, "one")
	remote := remoteSigner{private: private, public: private.Public()}
	jwk := jwkOf(t, private, nil)
	pkcs1 := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)})
	for what, load := range map[string]func() (*maskinporten.Key, error){
		"JWK": func() (*maskinporten.Key, error) { return maskinporten.KeyFromJWK(jwk) },
		"set of one": func() (*maskinporten.Key, error) {
			return maskinporten.KeyFromJWK(slices.Concat([]byte(`{"keys":[`), jwk, []byte(`]}`)))
		},
		"bare JWK": func() (*maskinporten.Key, error) {
			return maskinporten.KeyFromJWK(jwkOf(t, private, func(m map[string]any) { delete(m, "alg"); delete(m, "use") }))
		},
		"PKCS#8":      func() (*maskinporten.Key, error) { return maskinporten.KeyFromPEM(keyPEM(t, "one"), "one") },
		"PKCS#1":      func() (*maskinporten.Key, error) { return maskinporten.KeyFromPEM(pkcs1, "one") },
		"signer":      func() (*maskinporten.Key, error) { return maskinporten.KeyFromSigner(remote, "one") },
		"private key": func() (*maskinporten.Key, error) { return maskinporten.KeyFromSigner(private, "one") },
		"PEM with a certificate, and a kid": func() (*maskinporten.Key, error) {
			return maskinporten.KeyFromPEM(slices.Concat(pkcs1, certificatePEM(testChain(t, private.Public())...)), "one")
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			key := check.Got(load())(t)
			check.Same(t, map[string]any{"alg": "RS256", "kid": "one"}, signsAs(t, key, private.Public()), "header")
			if key.KeyID() != "one" || key.Algorithm() != "RS256" || key.Certificates() != nil || !private.PublicKey.Equal(key.Public()) {
				t.Errorf("key %v", key)
			}
			if got, err := key.Key(t.Context()); got != key || err != nil {
				t.Error("a key is its own source")
			}
		})
	}
}

func TestABusinessCertificateIsReadFromEveryForm(t *testing.T) {
	t.Parallel()
	private := privateKey(t, "one")
	chain := testChain(t, private.Public())
	leaf, authority, root := chain[0], chain[1], chain[2]
	p12 := check.Got(pkcs12.Modern.Encode(private, leaf, []*x509.Certificate{root, authority}, "hush"))(t)
	legacy := check.Got(pkcs12.Legacy.Encode(private, leaf, []*x509.Certificate{authority, root}, "hush"))(t)
	var want []any
	for _, certificate := range chain {
		want = append(want, base64.StdEncoding.EncodeToString(certificate.Raw))
	}
	for what, load := range map[string]func() (*maskinporten.Key, error){
		"PKCS#12":              func() (*maskinporten.Key, error) { return maskinporten.KeyFromPKCS12(p12, "hush") },
		"PKCS#12, old ciphers": func() (*maskinporten.Key, error) { return maskinporten.KeyFromPKCS12(legacy, "hush") },
		"chain and key":        func() (*maskinporten.Key, error) { return maskinporten.KeyFromCertificates(chain, private) },
		"chain in disorder, with holes and doubles": func() (*maskinporten.Key, error) {
			return maskinporten.KeyFromCertificates([]*x509.Certificate{leaf, nil, root, leaf, authority, root}, private)
		},
		"chain and remote signer": func() (*maskinporten.Key, error) {
			return maskinporten.KeyFromCertificates(chain, remoteSigner{private: private, public: private.Public()})
		},
		"PEM": func() (*maskinporten.Key, error) {
			return maskinporten.KeyFromPEM(slices.Concat(certificatePEM(leaf), keyPEM(t, "one"), certificatePEM(root, authority)), "")
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			key := check.Got(load())(t)
			check.Same(t, map[string]any{"alg": "RS256", "x5c": want}, signsAs(t, key, private.Public()), "header")
			if key.KeyID() != "" || len(key.Certificates()) != 3 || !strings.Contains(key.String(), "leaf") {
				t.Errorf("key %v", key)
			}
		})
	}
}

func TestCertificatesOfAnotherChainAreLeftOut(t *testing.T) {
	t.Parallel()
	private := privateKey(t, "one")
	chain := testChain(t, private.Public())
	stranger := testChain(t, privateKey(t, "two").Public())[0]
	key := check.Got(maskinporten.KeyFromCertificates([]*x509.Certificate{chain[0], stranger, chain[1]}, private))(t)
	got := key.Certificates()
	if len(got) != 2 || !got[0].Equal(chain[0]) || !got[1].Equal(chain[1]) {
		t.Error("the chain is another")
	}
	got[0] = nil
	if key.Certificates()[0] == nil {
		t.Error("the key's own chain can be changed from outside")
	}
}

func TestKeysThatCannotBeAreRefusedWithAReason(t *testing.T) {
	t.Parallel()
	private, other := privateKey(t, "one"), privateKey(t, "two")
	curve := check.Got(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	edPublic, edPrivate := check.Got2(ed25519.GenerateKey(rand.Reader))(t)
	chain := testChain(t, private.Public())
	p12 := check.Got(pkcs12.Modern.Encode(private, chain[0], chain[1:], "hush"))(t)
	curved := testChain(t, curve.Public())
	curvedP12 := check.Got(pkcs12.Modern.Encode(curve, curved[0], nil, "hush"))(t)
	trustStore := check.Got(pkcs12.Modern.EncodeTrustStore(chain, "hush"))(t)
	damaged := *private
	damaged.D = new(big.Int).Add(private.D, big.NewInt(2))
	damagedJWK := jwkOf(t, private, func(m map[string]any) { m["n"] = jwkMember(t, other, "n") })
	curvedKey := func(curve any) []byte {
		der := check.Got(x509.MarshalPKCS8PrivateKey(curve))(t)
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	}
	exchange := check.Got(ecdh.X25519().GenerateKey(rand.Reader))(t)
	block := func(kind, body string) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: []byte(body)}) }
	jwk := func(data []byte) func() error {
		return func() error { _, err := maskinporten.KeyFromJWK(data); return err }
	}
	fromPEM := func(data []byte, kid string) func() error {
		return func() error { _, err := maskinporten.KeyFromPEM(data, kid); return err }
	}
	p := func(data []byte, password string) func() error {
		return func() error { _, err := maskinporten.KeyFromPKCS12(data, password); return err }
	}
	signer := func(s crypto.Signer, kid string) func() error {
		return func() error { _, err := maskinporten.KeyFromSigner(s, kid); return err }
	}
	certificates := func(chain []*x509.Certificate, s crypto.Signer) func() error {
		return func() error { _, err := maskinporten.KeyFromCertificates(chain, s); return err }
	}
	huge := bytes.Repeat([]byte(" "), 1<<20+1)
	public := &private.PublicKey
	for what, test := range map[string]struct {
		load func() error
		want string
	}{
		"JWK: nothing":                 {jwk(nil), "is empty"},
		"JWK: no JSON":                 {jwk([]byte("hush")), "is not a JWK"},
		"JWK: a list":                  {jwk([]byte("[]")), "no JSON object"},
		"JWK: null":                    {jwk([]byte("null")), "is not a JWK"},
		"JWK: another object":          {jwk([]byte(`{"d":"hush"}`)), "not a JWK that can be read"},
		"JWK: no set":                  {jwk([]byte(`{"keys":"hush"}`)), "is not a set of JWKs"},
		"JWK: empty set":               {jwk([]byte(`{"keys":[]}`)), "a set of 0 keys"},
		"JWK: set of two":              {jwk([]byte(`{"keys":[{},{}]}`)), "a set of 2 keys"},
		"JWK: public":                  {jwk(jwkOf(t, public, nil)), "is a public JWK"},
		"JWK: elliptic":                {jwk(jwkOf(t, curve, nil)), "RSA keys only"},
		"JWK: symmetric":               {jwk(jwkOf(t, []byte("hush hush hush hush"), nil)), "RSA keys only"},
		"JWK: a blank in its kid":      {jwk(jwkOf(t, private, func(m map[string]any) { m["kid"] = "my key" })), "a blank, a quote or a control character"},
		"JWK: another key's d":         {jwk(jwkOf(t, private, mixed(t))), "don't belong together"},
		"JWK: weak":                    {jwk(jwkOf(t, privateKey(t, "weak"), nil)), "has 1024 bits"},
		"JWK: no kid":                  {jwk(jwkOf(t, private, func(m map[string]any) { delete(m, "kid") })), "neither a kid nor a certificate: give the kid that it is registered with on the client (KeyOptions.KeyID)"},
		"JWK: for encryption":          {jwk(jwkOf(t, private, func(m map[string]any) { m["use"] = "enc" })), `for the use "enc"`},
		"JWK: another algorithm":       {jwk(jwkOf(t, private, func(m map[string]any) { m["alg"] = "PS256" })), `algorithm "PS256"`},
		"JWK: a member is missing":     {jwk(jwkOf(t, private, func(m map[string]any) { delete(m, "p") })), "with one prime only"},
		"JWK: damaged":                 {jwk(damagedJWK), "key: is"},
		"JWK: endless":                 {jwk(huge), "larger than"},
		"PEM: nothing":                 {fromPEM(nil, "one"), "is empty"},
		"PEM: text":                    {fromPEM([]byte("hush"), "one"), "is not PEM"},
		"PEM: no kid":                  {fromPEM(keyPEM(t, "one"), ""), "neither a kid nor a certificate"},
		"PEM: weak":                    {fromPEM(keyPEM(t, "weak"), "one"), "has 1024 bits: Maskinporten takes RSA keys of 2048 bits or more"},
		"PEM: elliptic":                {fromPEM(keyPEM(t, "elliptic"), "one"), "RSA keys only; make one with NewKey"},
		"PEM: for signatures of Ed":    {fromPEM(curvedKey(edPrivate), "one"), "RSA keys only; make one with NewKey"},
		"PEM: cannot sign":             {fromPEM(curvedKey(exchange), "one"), "cannot sign"},
		"PEM: encrypted, PKCS#8":       {fromPEM(block("ENCRYPTED PRIVATE KEY", "hush"), "one"), "this is an encrypted PEM key: decrypt it with openssl pkey"},
		"PEM: encrypted, old":          {fromPEM([]byte("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\naHVzaA==\n-----END RSA PRIVATE KEY-----\n"), "one"), "this is an encrypted PEM key: decrypt it with openssl pkey"},
		"PEM: public":                  {fromPEM([]byte(publicPEM(t, public)), "one"), "is a public key"},
		"PEM: another kind":            {fromPEM(block("OPENSSH PRIVATE KEY", "hush"), "one"), "ssh-keygen -p -m PEM"},
		"PEM: garbage in PKCS#1":       {fromPEM(block("RSA PRIVATE KEY", "hush"), "one"), "as PKCS#1"},
		"PEM: garbage in PKCS#8":       {fromPEM(block("PRIVATE KEY", "hush"), "one"), "as PKCS#8"},
		"PEM: garbage for certificate": {fromPEM(block("CERTIFICATE", "hush"), "one"), "a certificate only"},
		"PEM: garbage beside the key":  {fromPEM(slices.Concat(keyPEM(t, "one"), block("CERTIFICATE", "hush")), ""), "a certificate that cannot be read"},
		"PEM: certificate only":        {fromPEM(certificatePEM(chain...), "one"), "a certificate only"},
		"PEM: two keys":                {fromPEM(slices.Concat(keyPEM(t, "one"), keyPEM(t, "two")), "one"), "several private keys"},
		"PEM: another's certificate":   {fromPEM(slices.Concat(keyPEM(t, "two"), certificatePEM(chain...)), ""), "does not match its certificate"},
		"PEM: endless":                 {fromPEM(huge, "one"), "larger than"},
		"PKCS#12: nothing":             {p(nil, "hush"), "is empty"},
		"PKCS#12: wrong password":      {p(p12, "wrong"), "the password is wrong"},
		"PKCS#12: no password":         {p(p12, ""), "it needs a password"},
		"PKCS#12: cut":                 {p(p12[:len(p12)/2], "hush"), "cut off or damaged"},
		"PKCS#12: certificates only":   {p(trustStore, "hush"), "without a private key"},
		"PKCS#12: elliptic":            {p(curvedP12, "hush"), "RSA keys only"},
		"PKCS#12: endless":             {p(huge, "hush"), "larger than"},
		"chain: none":                  {certificates(nil, private), "has no certificate"},
		"chain: only holes":            {certificates([]*x509.Certificate{nil}, private), "has no certificate"},
		"chain: no signer":             {certificates(chain, nil), "has no signer"},
		"chain: another's":             {certificates(chain, other), "does not match its certificate"},
		"signer: none":                 {signer(nil, "one"), "has no signer"},
		"signer: nil inside":           {signer((*rsa.PrivateKey)(nil), "one"), "has no signer"},
		"signer: empty":                {signer(&rsa.PrivateKey{}, "one"), "is empty"},
		"signer: no public key":        {signer(remoteSigner{}, "one"), "RSA keys only"},
		"signer: nil public key":       {signer(remoteSigner{public: (*rsa.PublicKey)(nil)}, "one"), "is empty"},
		"signer: no kid":               {signer(private, ""), "has no kid"},
		"signer: Ed25519":              {signer(remoteSigner{public: edPublic}, "one"), "RSA keys only"},
		"signer: weak":                 {signer(privateKey(t, "weak"), "one"), "has 1024 bits"},
		"signer: damaged":              {signer(&damaged, "one"), "is damaged"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			err := test.load()
			if !errors.Is(err, maskinporten.ErrInvalidArgument) || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want one that says %q", err, test.want)
			}
			if strings.Contains(err.Error(), "hush") || strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("the error shows what was in the file: %v", err)
			}
		})
	}
	if _, err := fileKey(t, "one").WithAlgorithm("HS256"); err == nil || !strings.Contains(err.Error(), `"HS256"`) {
		t.Errorf("error %v of another algorithm", err)
	}
}

// mixed leaves n and e of one key and d of another.
func mixed(t *testing.T) func(map[string]any) {
	t.Helper()
	other := jwkMember(t, privateKey(t, "two"), "d")
	return func(m map[string]any) {
		m["d"] = other
		for _, name := range []string{"p", "q", "dp", "dq", "qi"} {
			delete(m, name)
		}
	}
}

func TestTheNameOfAKeyPicksItFromASetOrAStore(t *testing.T) {
	t.Parallel()
	set := slices.Concat([]byte(`{"keys":[`), jwkOf(t, privateKey(t, "two"), func(m map[string]any) { m["kid"] = "two" }), []byte(`,`), jwkOf(t, privateKey(t, "one"), nil), []byte(`]}`))
	store := check.Got(os.ReadFile(filepath.Join("testdata", "keys", "files", "two-aliases.p12")))(t)
	for want, test := range map[string]struct {
		data    []byte
		options maskinporten.KeyOptions
	}{
		"one":        {set, maskinporten.KeyOptions{Name: "one"}},
		"registered": {set, maskinporten.KeyOptions{Name: "one", KeyID: "registered"}},
		"second":     {store, maskinporten.KeyOptions{Name: "Second", Password: maskinporten.NewSecret("hushhush")}},
	} {
		key, err := maskinporten.LoadKey(test.data, test.options)
		if err != nil || key.KeyID()+commonNames(key.Certificates()) != want {
			t.Errorf("%v, error %v; want %s", key, err, want)
		}
		test.options.Name = ""
		_, err = maskinporten.LoadKey(test.data, test.options)
		mustSay(t, want, err, "(KeyOptions.Name)")
	}
}

func TestAKidReplacesTheCertificate(t *testing.T) {
	t.Parallel()
	data := check.Got(os.ReadFile(filepath.Join("testdata", "keys", "files", "default.p12")))(t)
	key := check.Got(maskinporten.LoadKey(data, maskinporten.KeyOptions{Password: maskinporten.NewSecret(materialPassword), KeyID: "uploaded"}))(t)
	header := signsAs(t, key, key.Public())
	jwk, err := key.PublicJWK()
	if err != nil || header["kid"] != "uploaded" || header["x5c"] != nil || jwk.KeyID != "uploaded" {
		t.Errorf("the grant's header is %v, the public JWK's kid %q, error %v", header, jwk.KeyID, err)
	}
	if until := key.Expires(); until.Year() < 2026 || strings.Contains(key.String(), "LEAF") {
		t.Errorf("%v expires %v", key, until)
	}
}
