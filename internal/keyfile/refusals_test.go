package keyfile_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/maskinporten-go/maskinporten/internal/keyfile"
)

func TestWhatIsNoKeyIsNamed(t *testing.T) {
	t.Parallel()
	key := file(t, "one.pem")
	block, _ := pem.Decode(key)
	der := block.Bytes
	text := string(key)
	wrapped := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	public, err := x509.MarshalPKIXPublicKey(signer(t, "one.pem").Public())
	if err != nil {
		t.Fatal(err)
	}
	p12 := file(t, "files/default.p12")
	for data, says := range map[string]string{
		"": "is empty", "\n": "is empty", "words": "no key in a known form", "$KEY": "was not filled in",
		"/run/key": "name of a file", "./key": "name of a file", "key.P12": "name of a file", `C:\new\key`: "name of a file", strings.Repeat("x", 300) + ".pem": "no key in a known form",
		strings.Repeat("x", 296) + ".pem": "name of a file", "two\nlines.pem": "no key in a known form", "BEGIN KEY": "a damaged first line",
		"0\xff": "cut off or damaged", "0\xef\xbf\xbd": "as if it were text", "\xff": "holds no key", "k\x00e\x00y\x00 \x00": "this is UTF-16", "\x00k\x00e\x00y\x00 ": "this is UTF-16", "k\x00e\x00y\x00s": "no key in a known form",
		text[:len(text)/2]: "cut off", strings.ReplaceAll(text, "\n", " "): "line breaks are lost", text[:27]: "first line of PEM only", "-----BEGIN PRIVATE\nKEY": "a damaged first line", strings.Replace(text, "MII", "M!I", 1): "is not base64",
		string(file(t, "two.pem")) + text: "several private keys", text + "-----BEGIN CERTIFICATE-----": "a block that is damaged", wrapped("PUBLIC KEY", public): "a public key", wrapped("RSA PUBLIC KEY", public): "a public key",
		wrapped("CERTIFICATE REQUEST", der): "a request", wrapped("CERTIFICATE", der): "a certificate only", wrapped("X", der): `type "X"`, wrapped("PRIVATE KEY", der[1:]): "PKCS#8", wrapped("RSA PRIVATE KEY", der): "PKCS#1",
		string(der[:900]): "cut off or damaged", string(public): "a public key", string(p12[:2000]): "cut off or damaged", "0\x80" + string(p12[4:]): "(BER)",
		`{`: "no JSON object", `[]`: "no JSON object", `{"keys":{}}`: "no list", `{"keys":[]}`: "a set of 0 keys", `{"keys":[{"kid":"a"},{"kid":7}]}`: `a set of 2 keys: name the one to sign with (KeyOptions.Name), of "a", "7"`, `{"kty":"EC"}`: `kty is "EC"`, `{"kty":"RSA","n":"AQ"}`: "a public JWK", `{"kty":"RSA","n":"AQ","d":"AQ","oth":[]}`: "more than two primes",
		`{"kty":"RSA","n":"AQ","d":"AQ"}`: "check kty", `{"kty":"RSA","n":"AQ","e":"AQ","d":"AA"}`: "check kty", `{"kty":"RSA","n":"AQ","e":"gAAAAA","d":"AQ"}`: "check kty", `{"kty":"RSA","n":"AQ","e":"AQ","d":"AQ","q":"AQ"}`: "one prime only", `{}`: "check kty",
	} {
		if key, err := keyfile.Read([]byte(data), keyfile.Options{Password: "hush"}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.40q: %v, error %v; it should say %q", data, key, err, says)
		}
	}
}

func TestFilesOfOtherKindsAreNamed(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]string{
		"java.jks": "(JKS)", "java.jceks": "(JCEKS)", "encrypted.pem": "an encrypted PEM key", "encrypted-old.pem": "an encrypted PEM key", "openssh.key": "OpenSSH", "certificates.p7b": "PKCS#7",
		"certificate.cer": "a certificate only", "pss.pem": "PKCS#8", "nomac.p12": "(MAC)", "no-key.p12": "without a private key", "no-certificate.p12": "openssl pkcs12", "java.p12": "the password is wrong",
	} {
		for _, read := range []func([]byte) (*keyfile.Key, error){
			func(d []byte) (*keyfile.Key, error) {
				file, err := keyfile.Read(d, keyfile.Options{Password: "hush"})
				return file.Key, err
			},
			func(d []byte) (*keyfile.Key, error) { return keyfile.FromPKCS12(d, keyfile.Options{Password: "hush"}) },
		} {
			if _, err := read(file(t, "files/"+name)); err == nil || !strings.Contains(err.Error(), says) && !strings.Contains(err.Error(), "not PKCS#12") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestOneOfSeveralKeysIsNamed(t *testing.T) {
	t.Parallel()
	store := file(t, "files/two-aliases.p12")
	for name, says := range map[string]string{"": `of "first", "second"`, "third": `it has "first", "second"`, "FIRST": "", "second": ""} {
		key, err := keyfile.Read(store, keyfile.Options{Password: "hushhush", Name: name})
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", name, err)
		} else if err == nil && !strings.EqualFold(names(t, key.Key), name) {
			t.Errorf("%q: got %s", name, names(t, key.Key))
		}
	}
	var kids []string
	for i := range 7 {
		kids = append(kids, fmt.Sprintf(`{"kid":"k%d"}`, i))
	}
	set := `{"keys":[` + strings.Join(kids, ",") + `]}`
	if _, err := keyfile.Read([]byte(set), keyfile.Options{}); err == nil || !strings.Contains(err.Error(), `"k3", "k4", …`) || strings.Contains(err.Error(), "k5") {
		t.Errorf("of many: %v", err)
	}
	if _, err := keyfile.FromJWK([]byte(set), "k9"); err == nil || !strings.Contains(err.Error(), "without one of that name") {
		t.Errorf("another: %v", err)
	}
	if _, err := keyfile.FromJWK([]byte(`{"kid":"k1"}`), "k2"); err == nil || !strings.Contains(err.Error(), `the kid "k1", not the one`) {
		t.Errorf("another: %v", err)
	}
}

func TestAJWKTellsItsNameAndItsEnd(t *testing.T) {
	t.Parallel()
	members := map[string]any{"kty": "RSA", "n": "4-5_-w==", "e": "AQAB", "d": "AQAB", "kid": 7, "alg": "RS384", "use": "sig", "x5c": []string{"AA"}}
	for exp, want := range map[any]int64{1900000000: 1900000000, "1900000000": 1900000000, 1: 1, 0: 0, -1: 0, "soon": 0, 1.5: 0, nil: 0} {
		members["exp"] = exp
		data, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		key, err := keyfile.FromJWK(bytes.ReplaceAll(data, []byte("4-5_-w"), []byte("4+5/+w")), "7")
		if err != nil {
			t.Fatal(err)
		}
		if got := max(key.Expires.Unix(), 0); got != want || key.KeyID != "7" || key.Algorithm != "RS384" || key.Use != "sig" || key.Unreadable != 1 {
			t.Errorf("exp %v: %+v", exp, key)
		}
	}
}

func TestWhatIsShortOrEmptyIsNamed(t *testing.T) {
	t.Parallel()
	encoded := func(n int) string {
		return base64.RawStdEncoding.EncodeToString([]byte(`{"kty":"EC"` + strings.Repeat(" ", n-12) + "}"))
	}
	for data, says := range map[string]string{
		`""`: "is empty", `"`: "no key in a known form", `"""`: "no key in a known form", "''": "is empty", "\u201c\u201d": "is empty",
		encoded(48): `kty is "EC"`, encoded(47): "no key in a known form", // 64 characters are looked through, 63 may be a word
	} {
		if _, err := keyfile.Read([]byte(data), keyfile.Options{}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v; it should say %q", data, err, says)
		}
	}
}

func TestAPKCS12FileThatEndsInABlankIsWhole(t *testing.T) {
	t.Parallel()
	one := signer(t, "one.pem")
	const endsInABlank = 0x0820 // rounds, which are the last that a file holds
	data, err := pkcs12.Modern2023.WithIterations(endsInABlank).Encode(one, certificate(t, "leaf", 1, false, one, one, nil), nil, "hush")
	if err != nil || data[len(data)-1] != ' ' {
		t.Fatalf("it ends in %q, error %v", data[len(data)-1], err)
	}
	if _, err := keyfile.FromPKCS12(data, keyfile.Options{Password: "hush"}); err != nil {
		t.Error(err)
	}
}

func TestAKeyInDERIsNoPKCS12(t *testing.T) {
	t.Parallel()
	block, _ := pem.Decode(file(t, "one.pem"))
	if _, err := keyfile.FromPKCS12(block.Bytes, keyfile.Options{}); err == nil || !strings.Contains(err.Error(), "a private key in binary (DER), not PKCS#12") {
		t.Error(err)
	}
	block, _ = pem.Decode(file(t, "files/certificate-text.pem"))
	if _, err := keyfile.FromPKCS12(block.Bytes, keyfile.Options{}); err == nil || !strings.Contains(err.Error(), "a certificate only") {
		t.Error(err)
	}
}

func TestWhatStandsBesideACertificateIsNamed(t *testing.T) {
	t.Parallel()
	block := func(kind string) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: []byte("x")}))
	}
	for data, says := range map[string]string{
		block("CERTIFICATE") + block("PUBLIC KEY"):                   "a public key",
		block("CERTIFICATE") + block("CERTIFICATE REQUEST"):          "a request",
		block("PUBLIC KEY") + block("CERTIFICATE"):                   "a public key",
		block("X") + block("PUBLIC KEY"):                             `type "X"`,
		block("CERTIFICATE") + block("CERTIFICATE") + block("OTHER"): `type "OTHER"`,
	} {
		if _, err := keyfile.FromPEM([]byte(data)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v; it should say %q", err, says)
		}
	}
}
