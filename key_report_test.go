package maskinporten_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/internal/dev/disguise"
)

func TestAReportNamesTheFormatAndEachDisguise(t *testing.T) {
	t.Parallel()
	jwk, inLines := jwkOf(t, privateKey(t, "one"), nil), disguise.All["base64 in lines"].Put
	for want, data := range map[string][]byte{
		"JWK": jwk, "JWK, in base64, with Windows line ends": inLines(jwk),
		"no known form": nil, "no known form, in UTF-16, in base64": disguise.All["base64 of UTF-16"].Put(jwk),
	} {
		if report, _ := maskinporten.InspectKey(data, maskinporten.KeyOptions{}); report.String() != want {
			t.Errorf("%s, want %s", report, want)
		}
	}
}

func TestAReportDescribesTheKeyThatLoadKeyLoads(t *testing.T) {
	t.Parallel()
	private := privateKey(t, "one")
	for form, m := range materials(t) {
		options := maskinporten.KeyOptions{Password: maskinporten.NewSecret(materialPassword), KeyID: m.needs}
		key := check.Got(maskinporten.LoadKey(m.data, options))(t)
		report, err := maskinporten.InspectKey(m.data, options)
		if err != nil || report.KeyID != key.KeyID() || report.Algorithm != key.Algorithm() || !report.Expires.Equal(key.Expires()) || report.Bits != 2048 {
			t.Errorf("%s: %+v, error %v; the key is %v", form, report, err, key)
		}
		if want, _ := publicJWK(t, private).Thumbprint(); report.Thumbprint != want {
			t.Errorf("%s: thumbprint %s", form, report.Thumbprint)
		}
		if names := commonNames(report.Chain); len(report.Certificates) == 3 && names != "leaf authority root" || m.kid == "" && len(report.Certificates) != 3 {
			t.Errorf("%s: certificates %s, chain %s", form, commonNames(report.Certificates), names)
		}
		if _, order, found := strings.Cut(form, ": key "); found && commonNames(report.Certificates) != order {
			t.Errorf("%s: certificates in the order %s", form, commonNames(report.Certificates))
		}
	}
}

func TestAReportTellsWhatItSawOfAFileThatCannotBeLoaded(t *testing.T) {
	t.Parallel()
	one, two := privateKey(t, "one"), privateKey(t, "two")
	chain, others := testChain(t, one.Public()), testChain(t, two.Public())
	public := []byte(publicPEM(t, one.Public()))
	thumbprint, _ := publicJWK(t, one).Thumbprint()
	for what, test := range map[string]struct {
		data   []byte
		says   string
		report maskinporten.KeyReport
	}{
		"another's certificates":      {slices.Concat(keyPEM(t, "one"), certificatePEM(others...)), "does not match its certificate", maskinporten.KeyReport{Format: "PEM (PKCS#8)", Algorithm: "RS256", Bits: 2048, Thumbprint: thumbprint, Certificates: others}},
		"neither kid nor certificate": {disguise.All["base64"].Put(keyPEM(t, "one")), "neither a kid nor a certificate", maskinporten.KeyReport{Format: "PEM (PKCS#8)", Disguises: []string{"in base64"}, Algorithm: "RS256", Bits: 2048, Thumbprint: thumbprint}},
		"another algorithm":           {jwkOf(t, one, func(m map[string]any) { m["alg"] = "PS256" }), "PS256", maskinporten.KeyReport{Format: "JWK", KeyID: "one", Algorithm: "PS256", Bits: 2048, Thumbprint: thumbprint}},
		"certificates only":           {certificatePEM(chain[2], chain[0], chain[1]), "a certificate only", maskinporten.KeyReport{Format: "PEM", Algorithm: "RS256", Bits: 2048, Thumbprint: thumbprint, Certificates: chain, Chain: chain, Expires: chain[0].NotAfter}},
		"a public key":                {disguise.All["base64"].Put(public), "a public key", maskinporten.KeyReport{Format: "PEM", Disguises: []string{"in base64"}, Algorithm: "RS256", Bits: 2048, Thumbprint: thumbprint}},
		"an encrypted key":            {pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("hush")}), "encrypted", maskinporten.KeyReport{Format: "PEM"}},
		"another kind of JSON":        {[]byte(`{"type":"service_account"}`), "not a JWK", maskinporten.KeyReport{Format: "JSON"}},
		"half of PKCS#12":             {[]byte("\x30\x82\x0a\x00\x02\x01\x03"), "cut off or damaged", maskinporten.KeyReport{}},
		"nothing":                     {nil, "is empty", maskinporten.KeyReport{}},
		"binary with a backslash":     {[]byte("\xfe\xed\xfe\xed\\n\\\\"), "(JKS)", maskinporten.KeyReport{}},
		"certificate with words":      {slices.Concat([]byte("Bag Attributes\n    friendlyName: x\n"), certificatePEM(chain[0])), "a certificate only", maskinporten.KeyReport{Format: "PEM", Algorithm: "RS256", Bits: 2048, Thumbprint: thumbprint, Certificates: chain[:1], Chain: chain[:1], Expires: chain[0].NotAfter}},
	} {
		report, err := maskinporten.InspectKey(test.data, maskinporten.KeyOptions{})
		if err == nil || !errors.Is(err, maskinporten.ErrInvalidArgument) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: error %v; it should say %q", what, err, test.says)
		}
		byName := cmp.Transformer("subject", func(c *x509.Certificate) string { return c.Subject.CommonName + " " + c.NotAfter.String() })
		if diff := cmp.Diff(test.report, report, byName); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
}

func TestAReportNeedsTheFileOfItsPassword(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "password")
	check.Is(t, fs.ErrNotExist, ignored(maskinporten.InspectKey(nil, maskinporten.KeyOptions{PasswordFile: missing})))
}

func TestAReportShowsNothingPrivate(t *testing.T) {
	t.Parallel()
	d := fmt.Sprint(jwkMember(t, privateKey(t, "one"), "d"))
	for form, m := range materials(t) {
		report, _ := maskinporten.InspectKey(m.data, maskinporten.KeyOptions{Password: maskinporten.NewSecret(materialPassword)})
		report.Certificates, report.Chain = nil, nil // public, and long
		if text := fmt.Sprintf("%+v %#v", report, report); strings.Contains(text, d) || strings.Contains(text, materialPassword) {
			t.Errorf("%s: %s", form, text)
		}
	}
}

func publicJWK(t *testing.T, private *rsa.PrivateKey) maskinporten.JSONWebKey {
	t.Helper()
	return check.Got(maskinporten.ParseJSONWebKey([]byte(publicPEM(t, private.Public()))))(t)
}
