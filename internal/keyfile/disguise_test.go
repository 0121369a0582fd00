package keyfile_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/disguise"
	"github.com/maskinporten-go/maskinporten/internal/keyfile"
)

func TestEachDisguiseIsTakenOffAndNamed(t *testing.T) {
	t.Parallel()
	for form, name := range map[string]string{"PEM (PKCS#8)": "one.pem", "PKCS#12": "files/default.p12"} {
		data := file(t, name)
		plain, err := keyfile.Read(data, hush)
		if err != nil {
			t.Fatal(err)
		}
		for look, d := range disguise.All {
			if d.Text && form == "PKCS#12" {
				continue
			}
			got, err := keyfile.Read(d.Put(data), hush)
			if d.Lost != "" {
				mustSay(t, look, err, d.Lost)
			} else if err != nil || got.Format != form || !samePublic(got.Key.Signer, plain.Key.Signer) {
				t.Errorf("%s, %s: %+v, error %v", form, look, got, err)
			}
			if names := strings.Join(got.Disguises, ", "); names != d.Named {
				t.Errorf("%s, %s: named as %q, want %q", form, look, names, d.Named)
			}
		}
	}
}

func TestWhatOnlyLooksLikeADisguiseIsLeftAlone(t *testing.T) {
	t.Parallel()
	pem := string(file(t, "one.pem"))
	for what, test := range map[string]struct{ data, named string }{
		"a blank line in PEM":                {strings.Replace(pem, "\nMII", "\n\nMII", 1), ""},
		"indented words around PEM":          {"Bag Attributes\n    friendlyName: x\n" + pem + "    the end\n", ""},
		"indented words between PEM's":       {pem + "    between\n" + pem, ""},
		"indented PEM of two":                {pem + strings.ReplaceAll(pem, "\n", "\n  "), "with indented lines"},
		"JSON in lines":                      {"{\n  \"kty\": \"RSA\",\r\n  \"n\": \"\\n\"}", ""},
		"JSON in lines, with PEM":            {"{\n  \"private_key\": \"-----BEGIN PRIVATE KEY-----\\nMII\"\n}", ""},
		"binary with a backslash":            {"\xfe\xed\xfe\xed\\n\\\\", ""},
		"PEM behind words in another coding": {strings.ReplaceAll("N\xf8kkel\n"+pem, "\n", `\n`), `with \n for line breaks`},
		"a mark and blanks":                  {"\ufeff  " + pem, "with a byte order mark and with blanks around it"},
		"a mark in quotes":                   {"\"\ufeff" + pem + `"`, "with a byte order mark and in quotes"},
	} {
		got, _ := keyfile.Read([]byte(test.data), keyfile.Options{})
		if names := strings.Join(got.Disguises, ", "); names != test.named {
			t.Errorf("%s: named as %q, want %q", what, names, test.named)
		}
	}
}

func TestAJWKsOwnEscapesStay(t *testing.T) {
	t.Parallel()
	jwk := `{"kty":"RSA","n":"AQ","e":"AQAB","d":"AQ","kid":"a \"b\" \\n"}`
	for look, data := range map[string]string{"as it is": jwk, "in quotes": `'` + jwk + `'`} {
		got, err := keyfile.Read([]byte(data), keyfile.Options{})
		if err != nil || got.Key.KeyID != `a "b" \n` || slices.Contains(got.Disguises, `with \n for line breaks`) {
			t.Errorf("%s: %+v, error %v", look, got, err)
		}
	}
}
