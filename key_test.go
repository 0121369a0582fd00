package maskinporten_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// privateKey is the test key with this name, as crypto/rsa has it.
func privateKey(t testing.TB, name string) *rsa.PrivateKey {
	t.Helper()
	block, _ := pem.Decode(keyPEM(t, name))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		key = check.Got(x509.ParsePKCS1PrivateKey(block.Bytes))(t)
	}
	return key.(*rsa.PrivateKey)
}

// jwkOf encodes a private key as a JWK, and lets the test change it.
func jwkOf(t testing.TB, private any, change func(map[string]any)) []byte {
	t.Helper()
	data := check.Got(json.Marshal(jose.JSONWebKey{Key: private, KeyID: "one", Algorithm: "RS256", Use: "sig"}))(t)
	var members map[string]any
	check.OK(t, json.Unmarshal(data, &members))
	if change != nil {
		change(members)
	}
	data = check.Got(json.Marshal(members))(t)
	return data
}

// testChain is a business certificate of a test key, leaf first: the leaf,
// the authority that issued it, and the root.
func testChain(t testing.TB, public crypto.PublicKey) []*x509.Certificate {
	t.Helper()
	root := issueTest(t, "root", rsaKeys()[2].Public(), nil, rsaKeys()[2])
	authority := issueTest(t, "authority", rsaKeys()[1].Public(), root, rsaKeys()[2])
	return []*x509.Certificate{issueTest(t, "leaf", public, authority, rsaKeys()[1]), authority, root}
}

// issueTest makes a certificate, signed with the issuer's key; without an
// issuer it stands for itself.
func issueTest(t testing.TB, name string, public any, issuer *x509.Certificate, with crypto.Signer) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name, SerialNumber: "991825827"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: name != "leaf", BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	if issuer == nil {
		issuer = template
	}
	der := check.Got(x509.CreateCertificate(rand.Reader, template, issuer, public, with))(t)
	return check.Got(x509.ParseCertificate(der))(t)
}

func certificatePEM(certificates ...*x509.Certificate) []byte {
	var all []byte
	for _, certificate := range certificates {
		all = append(all, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})...)
	}
	return all
}

// remoteSigner is a signer whose private key is elsewhere, as in a KMS.
type remoteSigner struct {
	private crypto.Signer
	public  crypto.PublicKey
	err     error
}

func (s remoteSigner) Public() crypto.PublicKey { return s.public }
func (s remoteSigner) Sign(random io.Reader, digest []byte, options crypto.SignerOpts) ([]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	return s.private.Sign(random, digest, options)
}

// signsAs gets a token with the key, verifies the grant with the public key,
// and returns the grant's header.
func signsAs(t *testing.T, key *maskinporten.Key, public crypto.PublicKey) map[string]any {
	t.Helper()
	b := &backend{}
	auth := b.authWith(t, maskinporten.Credentials{ClientID: "client-1", Key: key})
	mustToken(t.Context(), t, auth)
	grant := b.seenGrants()[0]
	signed := check.Got(jose.ParseSignedCompact(grant.Assertion, []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512}))(t)
	if _, err := signed.Verify(public); err != nil {
		t.Errorf("the grant is not signed by this key: %v", err)
	}
	return grant.Header
}

func TestAGrantIsSignedWithTheKeysAlgorithm(t *testing.T) {
	t.Parallel()
	private := privateKey(t, "one")
	for _, algorithm := range []string{"RS256", "RS384", "RS512"} {
		fromJWK := check.Got(maskinporten.KeyFromJWK(jwkOf(t, private, func(m map[string]any) { m["alg"] = algorithm })))(t)
		chosen := check.Got(fileKey(t, "one").WithAlgorithm(algorithm))(t)
		for _, key := range []*maskinporten.Key{fromJWK, chosen} {
			if got := signsAs(t, key, private.Public())["alg"]; got != algorithm || key.Algorithm() != algorithm {
				t.Errorf("signed with %v, want %s", got, algorithm)
			}
		}
	}
	if fileKey(t, "one").Algorithm() != "RS256" {
		t.Error("WithAlgorithm changed the key itself")
	}
}

func TestThePublicJWKIsWhatIsRegistered(t *testing.T) {
	t.Parallel()
	key := check.Got(fileKey(t, "one").WithAlgorithm("RS384"))(t)
	jwk, err := key.PublicJWK()
	if err != nil || jwk.KeyID != "one" || jwk.Algorithm != "RS384" || jwk.Use != "sig" || jwk.KeyType != "RSA" || len(jwk.Extra) != 0 {
		t.Errorf("%+v, error %v", jwk, err)
	}
	if public, err := jwk.PublicKey(); err != nil || !public.Equal(key.Public()) {
		t.Errorf("another key came out, error %v", err)
	}
	private := privateKey(t, "one")
	certified := check.Got(maskinporten.KeyFromCertificates(testChain(t, private.Public()), private))(t)
	if jwk, err := certified.PublicJWK(); !errors.Is(err, maskinporten.ErrInvalidArgument) || !strings.Contains(err.Error(), "load it with a kid") {
		t.Errorf("of a key whose grants name no kid: %+v, error %v", jwk, err)
	}
}

func jwkMember(t testing.TB, private any, name string) any {
	t.Helper()
	var member any
	jwkOf(t, private, func(m map[string]any) { member = m[name] })
	return member
}

func TestASignerThatFailsIsReportedByTheToken(t *testing.T) {
	t.Parallel()
	private := privateKey(t, "one")
	sealed := errors.New("the vault is sealed")
	key := check.Got(maskinporten.KeyFromSigner(remoteSigner{public: private.Public(), err: sealed}, "one"))(t)
	b := &backend{}
	auth := b.authWith(t, maskinporten.Credentials{ClientID: "client-1", Key: key})
	if _, err := auth.Token(t.Context(), forScope("x")); !errors.Is(err, sealed) || err.Error() != "maskinporten: key: cannot sign: the vault is sealed" {
		t.Errorf("error %v", err)
	}
	b.mustHaveAsked(t, 0)
}
