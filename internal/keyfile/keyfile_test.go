package keyfile_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/keyfile"
)

func file(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "keys", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func names(t *testing.T, key *keyfile.Key) string {
	t.Helper()
	var all []string
	for _, c := range keyfile.Chain(key.Certificates, key.Signer.Public()) {
		all = append(all, c.Subject.CommonName)
	}
	return strings.Join(all, ", ")
}

const wholeChain = "TEST LEAF AS, TEST CA, TEST Root"

var hush = keyfile.Options{Password: "hush"}

func samePublic(one, two crypto.Signer) bool {
	public, ok := one.Public().(*rsa.PublicKey)
	return ok && public.Equal(two.Public())
}

// mustSay wants an error that says something, and nothing of what is secret.
func mustSay(t *testing.T, what string, err error, says string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("%.60q: %v; it should say %q", what, err, says)
	} else if text := err.Error(); len(text) > 400 || strings.ContainsAny(text, "\n\r") || strings.Contains(text, "MII") || strings.Contains(text, hush.Password) {
		t.Errorf("%.60q: the text is long, or shows what was in the file: %v", what, err)
	}
}

func TestEachFormIsReadByItsOwnReaderAndByRead(t *testing.T) {
	t.Parallel()
	p12 := func(data []byte) (*keyfile.Key, error) { return keyfile.FromPKCS12(data, hush) }
	for name, test := range map[string]struct {
		own   func([]byte) (*keyfile.Key, error)
		chain string
	}{
		"one.pem":               {keyfile.FromPEM, ""},
		"files/from-pkcs12.pem": {keyfile.FromPEM, wholeChain},
		"files/default.p12":     {p12, wholeChain},
		"files/rootfirst.p12":   {p12, wholeChain},
		"files/all-none.p12":    {p12, wholeChain},
	} {
		data := file(t, name)
		own, err := test.own(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		read, err := keyfile.Read([]byte(base64.StdEncoding.EncodeToString(data)), hush)
		if err != nil || names(t, own) != test.chain || names(t, read.Key) != test.chain {
			t.Errorf("%s: the chain is %q, or %q; error %v", name, names(t, own), names(t, read.Key), err)
		}
		if one, ok := own.Signer.(*rsa.PrivateKey); !ok || !one.Equal(read.Key.Signer) {
			t.Errorf("%s: two readers, two keys", name)
		}
		if _, err := keyfile.FromJWK(data, ""); err == nil || !strings.Contains(err.Error(), "not a JWK") {
			t.Errorf("%s as a JWK: %v", name, err)
		}
	}
}

func TestSizesAreBounded(t *testing.T) {
	t.Parallel()
	most := bytes.Repeat([]byte(" "), keyfile.MaxSize)
	for _, read := range []func([]byte) error{
		func(d []byte) error { _, err := keyfile.Read(d, keyfile.Options{}); return err },
		func(d []byte) error { _, err := keyfile.Unwrap(d); return err },
		func(d []byte) error { _, err := keyfile.FromPEM(d); return err },
		func(d []byte) error { _, err := keyfile.FromJWK(d, ""); return err },
		func(d []byte) error { _, err := keyfile.FromPKCS12(d, keyfile.Options{}); return err },
	} {
		if err := read(append(slices.Clone(most), ' ')); err == nil || !strings.Contains(err.Error(), "larger than") {
			t.Errorf("one byte too many: %v", err)
		}
		if err := read(most); err != nil && strings.Contains(err.Error(), "larger than") {
			t.Errorf("as many as may be: %v", err)
		}
	}
}

func TestAPasswordsLineEndIsNoPartOfIt(t *testing.T) {
	t.Parallel()
	data := file(t, "files/default.p12")
	for password, says := range map[string]string{
		"hush": "", "hush\n": "", "hush\r\n": "", "": "needs a password", "\n": "needs a password", "Hush": "the password is wrong",
	} {
		_, err := keyfile.Read(data, keyfile.Options{Password: password})
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", password, err)
		}
	}
}

func TestWrapsAreTakenOffInAnyOrder(t *testing.T) {
	t.Parallel()
	plain := bytes.TrimSpace(file(t, "one.pem"))
	quoted := func(d []byte) []byte { return slices.Concat([]byte(`"`), d, []byte(`"`)) }
	escaped := func(d []byte) []byte { return bytes.ReplaceAll(d, []byte("\n"), []byte(`\n`)) }
	encoded := func(d []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(d)) }
	marked := func(d []byte) []byte { return slices.Concat([]byte("\ufeff"), d) }
	all := []func([]byte) []byte{quoted, escaped, encoded, marked}
	for i := range 256 { // four wraps of four kinds
		data := plain
		for n := i; n > 0; n /= 4 {
			data = all[n%4](data)
		}
		if got, err := keyfile.Unwrap(data); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d: %.60q, error %v", i, got, err)
		}
	}
}
