package pki_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

const orgno = "889640782"

var noon = time.Date(2025, time.July, 2, 12, 0, 0, 0, time.UTC)

func newCA() *pki.CA {
	var mu sync.Mutex
	count := 0
	return pki.New(func() string {
		mu.Lock()
		defer mu.Unlock()
		count++
		return fmt.Sprint("id ", count)
	})
}

func issue(t *testing.T, ca *pki.CA, order pki.Order) *pki.Certificate {
	t.Helper()
	certificate, err := ca.Issue(order, noon)
	if err != nil {
		t.Fatalf("Issue(%+v): %v", order, err)
	}
	return certificate
}

func parse(t *testing.T, der []byte) *x509.Certificate {
	t.Helper()
	certificate := check.Got(x509.ParseCertificate(der))(t)
	return certificate
}

func key(t *testing.T, number int) *rsa.PrivateKey {
	t.Helper()
	key := check.Got(testkeys.RSA(number))(t)
	return key
}

func TestACertificateCarriesTheOrganisationNumber(t *testing.T) {
	t.Parallel()
	certificate := issue(t, newCA(), pki.Order{OrgNo: orgno, Name: "Arbeids- og velferdsetaten"})
	subject := parse(t, certificate.Chain[0]).Subject
	got := map[string]string{}
	for _, name := range subject.Names {
		got[name.Type.String()] = fmt.Sprint(name.Value)
	}
	want := map[string]string{
		"2.5.4.3": "Arbeids- og velferdsetaten", "2.5.4.5": orgno, "2.5.4.6": "NO",
		"2.5.4.10": "Arbeids- og velferdsetaten", "2.5.4.97": "NTRNO-" + orgno,
	}
	check.Same(t, want, got, "subject")
}

func TestWhichCertificatesAnEnvironmentAccepts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		order      pki.Order
		production bool // where it is shown
		after      time.Duration
		want       error
	}{
		{name: "valid in test", order: pki.Order{}},
		{name: "valid said aloud", order: pki.Order{Kind: pki.Valid}},
		{name: "valid in production", order: pki.Order{Production: true}, production: true},
		{name: "kind production in production", order: pki.Order{Kind: pki.Production}, production: true},
		{name: "kind production in test", order: pki.Order{Kind: pki.Production}, want: pki.ErrInvalid},
		{name: "a test certificate in production", order: pki.Order{}, production: true, want: pki.ErrInvalid},
		{name: "expired", order: pki.Order{Kind: pki.Expired}, want: pki.ErrInvalid},
		{name: "revoked", order: pki.Order{Kind: pki.Revoked}, want: pki.ErrInvalid},
		{name: "shortly before its end", order: pki.Order{}, after: 2*365*24*time.Hour - time.Second},
		{name: "grown old", order: pki.Order{}, after: 2*365*24*time.Hour + time.Second, want: pki.ErrInvalid},
		{name: "before its time", order: pki.Order{}, after: -25 * time.Hour, want: pki.ErrInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ca := newCA()
			test.order.OrgNo = orgno
			certificate := issue(t, ca, test.order)
			holder, err := ca.Verify(certificate.Chain, noon.Add(test.after), test.production)
			if !errors.Is(err, test.want) {
				t.Fatalf("Verify: %v, want %v", err, test.want)
			}
			if err == nil && (holder.OrgNo != orgno || !holder.PublicKey.Equal(certificate.Key.Public())) {
				t.Errorf("holder %s with another key or number", holder.OrgNo)
			}
		})
	}
}

func TestTheChainLeadsToTheRoot(t *testing.T) {
	t.Parallel()
	ca := newCA()
	chain := issue(t, ca, pki.Order{OrgNo: orgno}).Chain
	leaf, between, root := chain[0], chain[1], chain[2]
	for _, test := range []struct {
		name  string
		chain [][]byte
		want  error
	}{
		{"whole", chain, nil},
		{"without the root, which everybody has", [][]byte{leaf, between}, nil},
		{"in another order", [][]byte{leaf, root, between}, nil},
		{"the leaf alone, whose issuer everybody knows", [][]byte{leaf}, nil},
		{"the issuer first", [][]byte{between, leaf, root}, pki.ErrInvalid},
		{"empty", nil, pki.ErrUnreadable},
		{"no certificate", [][]byte{[]byte("certificate")}, pki.ErrUnreadable},
		{"an empty one", [][]byte{leaf, {}}, pki.ErrUnreadable},
		{"far too long", [][]byte{leaf, root, root, root, root, root, root, root, root, root, root}, pki.ErrUnreadable},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, err := ca.Verify(test.chain, noon, false); !errors.Is(err, test.want) {
				t.Errorf("Verify: %v, want %v", err, test.want)
			}
		})
	}
}

func TestARevocationHoldsInItsOwnCAOnly(t *testing.T) {
	t.Parallel()
	ca, other := newCA(), newCA()
	revoked := issue(t, ca, pki.Order{OrgNo: orgno, Kind: pki.Revoked})
	fine := issue(t, ca, pki.Order{OrgNo: orgno})
	if _, err := ca.Verify(fine.Chain, noon, false); err != nil {
		t.Errorf("the other certificate of the organisation: %v", err)
	}
	if _, err := other.Verify(revoked.Chain, noon, false); err != nil {
		t.Errorf("a CA that has revoked nothing: %v", err)
	}
}

func TestACertificateForTheCallersKey(t *testing.T) {
	t.Parallel()
	ca, own := newCA(), key(t, testkeys.Free)
	certificate := issue(t, ca, pki.Order{OrgNo: orgno, PublicKey: &own.PublicKey})
	holder, err := ca.Verify(certificate.Chain, noon, false)
	if err != nil || !holder.PublicKey.Equal(&own.PublicKey) {
		t.Errorf("Verify: %v, or it holds another key", err)
	}
	if text, err := certificate.KeyPEM(); certificate.Key != nil || text != "" || err != nil {
		t.Errorf("a private key that the CA can't know: %v", err)
	}
}

func TestCertificatesWithoutAKeyGetTestKeysInTurn(t *testing.T) {
	t.Parallel()
	ca := newCA()
	first, second := issue(t, ca, pki.Order{OrgNo: orgno}), issue(t, ca, pki.Order{OrgNo: orgno})
	if first.Key.Equal(second.Key) {
		t.Error("two certificates in a row share a key")
	}
	for range 10 {
		issue(t, ca, pki.Order{OrgNo: orgno})
	}
	if first, second := parse(t, first.Chain[0]), parse(t, second.Chain[0]); first.SerialNumber.Cmp(second.SerialNumber) == 0 {
		t.Error("two certificates share a serial number")
	}
}

func TestAnOrderThatCannotBeFilled(t *testing.T) {
	t.Parallel()
	short := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 1023), E: 65537}
	for name, order := range map[string]pki.Order{
		"no organisation number":      {},
		"a wrong organisation number": {OrgNo: "889640783"},
		"an unknown kind":             {OrgNo: orgno, Kind: "golden"},
		"a short key":                 {OrgNo: orgno, PublicKey: short},
		"a key without a modulus":     {OrgNo: orgno, PublicKey: &rsa.PublicKey{}},
		"an exponent of 0":            {OrgNo: orgno, PublicKey: &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 2047), E: 0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if certificate, err := newCA().Issue(order, noon); err == nil || certificate != nil {
				t.Errorf("Issue: %v", err)
			}
		})
	}
}

func TestTheFormsOfACertificate(t *testing.T) {
	t.Parallel()
	certificate := issue(t, newCA(), pki.Order{OrgNo: orgno})
	for i, text := range certificate.X5C() {
		if der, err := base64.StdEncoding.DecodeString(text); err != nil || !cmp.Equal(der, certificate.Chain[i]) {
			t.Errorf("x5c %d: %v", i, err)
		}
	}
	for i, text := range certificate.PEM() {
		block, rest := pem.Decode([]byte(text))
		if block == nil || block.Type != "CERTIFICATE" || len(rest) > 0 || !cmp.Equal(block.Bytes, certificate.Chain[i]) {
			t.Errorf("PEM %d is not the certificate", i)
		}
	}
	text := check.Got(certificate.KeyPEM())(t)
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "PRIVATE KEY" {
		t.Fatal("the key is no PKCS #8 PEM block")
	}
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil || !certificate.Key.Equal(private) {
		t.Errorf("the key's PEM holds another key: %v", err)
	}
}

func TestASelfSignedCertificateIsTrustedByNobody(t *testing.T) {
	t.Parallel()
	own := key(t, testkeys.Free)
	der := check.Got(pki.SelfSigned(own, "Maskinporten mock", 7))(t)
	certificate := parse(t, der)
	if certificate.Subject.CommonName != "Maskinporten mock" || certificate.SerialNumber.Int64() != 7 || certificate.IsCA {
		t.Errorf("certificate %v, serial %v", certificate.Subject, certificate.SerialNumber)
	}
	if _, err := newCA().Verify([][]byte{der}, noon, false); !errors.Is(err, pki.ErrInvalid) {
		t.Errorf("Verify: %v", err)
	}
}

// signedByTheIntermediate makes what the CA itself never would.
func signedByTheIntermediate(t *testing.T, ca *pki.CA, subject pkix.Name, public any) [][]byte {
	t.Helper()
	chain := issue(t, ca, pki.Order{OrgNo: orgno}).Chain
	template := &x509.Certificate{SerialNumber: big.NewInt(9), Subject: subject, NotBefore: noon, NotAfter: noon.Add(time.Hour)}
	der := check.Got(x509.CreateCertificate(rand.Reader, template, parse(t, chain[1]), public, key(t, testkeys.Authorities+1)))(t)
	return [][]byte{der, chain[1]}
}

func TestWhatIsNoBusinessCertificate(t *testing.T) {
	t.Parallel()
	elliptical := check.Got(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	public := &key(t, testkeys.Free).PublicKey
	for name, test := range map[string]struct {
		subject pkix.Name
		public  any
	}{
		"no organisation number":      {pkix.Name{CommonName: "somebody"}, public},
		"a wrong organisation number": {pkix.Name{SerialNumber: "123456789"}, public},
		"an elliptic key":             {pkix.Name{SerialNumber: orgno}, &elliptical.PublicKey},
		"a short key":                 {pkix.Name{SerialNumber: orgno}, &rsa.PublicKey{N: new(big.Int).SetBit(new(big.Int).Lsh(big.NewInt(1), 1023), 0, 1), E: 65537}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ca := newCA()
			if _, err := ca.Verify(signedByTheIntermediate(t, ca, test.subject, test.public), noon, false); !errors.Is(err, pki.ErrInvalid) {
				t.Errorf("Verify: %v", err)
			}
		})
	}
}

func TestAnOlderCertificateHasTheNumberAsItsSerialNumberOnly(t *testing.T) {
	t.Parallel()
	ca := newCA()
	chain := signedByTheIntermediate(t, ca, pkix.Name{SerialNumber: orgno}, &key(t, testkeys.Free).PublicKey)
	if holder, err := ca.Verify(chain, noon, false); err != nil || holder.OrgNo != orgno {
		t.Errorf("Verify: %q, %v", holder.OrgNo, err)
	}
}
