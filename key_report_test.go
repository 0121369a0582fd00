package maskinporten_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
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
)

// reported are the disguises by the names that a report gives them.
var reported = map[string]string{
	"as it is": "", "a line break behind": "", "indented": "with indented lines",
	"blanks around": "with blanks around it", "no-break spaces": "with blanks around it",
	"CRLF": "with Windows line ends", "CR": "with CR for line breaks", "byte order mark": "with a byte order mark",
	"double quotes": "in quotes", "single quotes": "in quotes", "quotes in quotes": "in quotes", "typographic quotes": "in quotes",
	`literal \n`: `with \n for line breaks`, `literal \r\n`: `with Windows line ends, with \n for line breaks`, `literal \n and line breaks`: `with \n for line breaks`,
	`literal \n, in quotes`: `with \n for line breaks, in quotes`, "Python's repr": `with \n for line breaks, in quotes`, "a JSON string": `with \n for line breaks, in quotes`,
	"backslash at each end of a line": "with backslashes",
	"base64":                          "in base64", "base64url": "in base64", "base64 without padding": "in base64",
	"base64 in lines": "in base64, with Windows line ends", "base64 in quotes": "in base64, in quotes", `base64 with literal \n`: `in base64, with \n for line breaks`,
	"base64 of base64":            "in base64, with Windows line ends, in base64",
	"base64 of quotes and a mark": "with a byte order mark and in quotes, in base64",
	"UTF-16 LE":                   "in UTF-16", "base64 of UTF-16": "in UTF-16, in base64",
}

func TestAReportNamesTheFormatAndEachDisguise(t *testing.T) {
	t.Parallel()
	forms := materials(t)
	for form, format := range map[string]string{
		"JWK in lines": "JWK", "set of one JWK": "JWK set", "PKCS#1": "PEM (PKCS#1)", "PKCS#8": "PEM (PKCS#8)",
		"PEM: root authority leaf key": "PEM (PKCS#8)", "PKCS#12: root authority leaf": "PKCS#12",
		"PKCS#1 in DER": "DER (PKCS#1)", "PKCS#8 in DER": "DER (PKCS#8)",
	} {
		m := forms[form]
		for look, names := range reported {
			d := disguises[look]
			inLines := strings.HasPrefix(format, "PEM") // JSON has no lines to speak of
			if d.text && (m.binary || !inLines && strings.ContainsAny(names, `\C`)) || !inLines && slices.Contains([]string{"CRLF", "indented", "backslash at each end of a line"}, look) {
				continue
			}
			want := strings.TrimSuffix(format+", "+names, ", ")
			if d.lost != "" {
				want = "no known form, " + names
			}
			report, err := maskinporten.InspectKey(d.put(m.data), maskinporten.KeyOptions{Password: maskinporten.NewSecret(materialPassword), KeyID: m.needs})
			if report.String() != want || (err == nil) != (d.lost == "") {
				t.Errorf("%s, %s: %s, error %v; want %s", form, look, report, err, want)
			}
		}
	}
}

func TestAReportDescribesTheKeyThatLoadKeyLoads(t *testing.T) {
	t.Parallel()
	private := privateKey(t, "one")
	for form, m := range materials(t) {
		options := maskinporten.KeyOptions{Password: maskinporten.NewSecret(materialPassword), KeyID: m.needs}
		key, err := maskinporten.LoadKey(m.data, options)
		if err != nil {
			t.Fatal(err)
		}
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
		"neither kid nor certificate": {inBase64(base64.URLEncoding)(keyPEM(t, "one")), "neither a kid nor a certificate", maskinporten.KeyReport{Format: "PEM (PKCS#8)", Disguises: []string{"in base64"}, Algorithm: "RS256", Bits: 2048, Thumbprint: thumbprint}},
		"another algorithm":           {jwkOf(t, one, func(m map[string]any) { m["alg"] = "PS256" }), "PS256", maskinporten.KeyReport{Format: "JWK", KeyID: "one", Algorithm: "PS256", Bits: 2048, Thumbprint: thumbprint}},
		"certificates only":           {certificatePEM(chain[2], chain[0], chain[1]), "a certificate only", maskinporten.KeyReport{Format: "PEM", Algorithm: "RS256", Bits: 2048, Thumbprint: thumbprint, Certificates: chain, Chain: chain, Expires: chain[0].NotAfter}},
		"a public key":                {inBase64(base64.URLEncoding)(public), "a public key", maskinporten.KeyReport{Format: "PEM", Disguises: []string{"in base64"}, Algorithm: "RS256", Bits: 2048, Thumbprint: thumbprint}},
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
	if _, err := maskinporten.InspectKey(nil, maskinporten.KeyOptions{PasswordFile: missing}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
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
	jwk, err := maskinporten.ParseJSONWebKey([]byte(publicPEM(t, private.Public())))
	if err != nil {
		t.Fatal(err)
	}
	return jwk
}
