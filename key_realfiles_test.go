package maskinporten_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
)

// TestFilesOfOtherProgramsAreReadOrNamed loads what OpenSSL, Java and SSH
// wrote; the folder's README tells how.
func TestFilesOfOtherProgramsAreReadOrNamed(t *testing.T) {
	t.Parallel()
	const whole = "TEST LEAF AS TEST CA TEST Root"
	for name, test := range map[string]struct {
		options     maskinporten.KeyOptions
		chain, says string
	}{
		"default.p12":          {chain: whole},
		"legacy.p12":           {chain: whole},
		"certpbe-none.p12":     {chain: whole},
		"all-none.p12":         {chain: whole},
		"rootfirst.p12":        {chain: whole},
		"nomac-nopassword.p12": {options: maskinporten.KeyOptions{Password: maskinporten.NewSecret("-")}, chain: "TEST LEAF AS"},
		"nopassword.p12":       {options: maskinporten.KeyOptions{Password: maskinporten.NewSecret("-")}, chain: whole},
		"norwegian.p12":        {options: maskinporten.KeyOptions{Password: maskinporten.NewSecret("blåbærsyltetøy\r\n")}, chain: "TEST LEAF AS"},
		"3des.p12":             {chain: "TEST LEAF AS"},
		"sha512.p12":           {chain: "TEST LEAF AS"},
		"windows.p12":          {chain: "TEST LEAF AS"},
		"from-pkcs12.pem":      {chain: whole},
		"java.p12":             {options: maskinporten.KeyOptions{Password: maskinporten.NewSecret("hushhush")}, chain: whole},
		"javalegacy.p12":       {options: maskinporten.KeyOptions{Password: maskinporten.NewSecret("hushhush")}, chain: whole},
		"with-trusted.p12":     {options: maskinporten.KeyOptions{Password: maskinporten.NewSecret("hushhush")}, chain: "only"},
		"two-aliases.p12":      {options: maskinporten.KeyOptions{Password: maskinporten.NewSecret("hushhush"), Name: "Second"}, chain: "second"},
		"three-primes.pem":     {options: maskinporten.KeyOptions{KeyID: "kid"}},
		"two-one-elliptic.p12": {options: maskinporten.KeyOptions{Password: maskinporten.NewSecret("hushhush"), Name: "ec"}, says: "another kind than RSA"},
		"nomac.p12":            {says: "without a checksum (MAC)"},
		"no-certificate.p12":   {options: maskinporten.KeyOptions{KeyID: "kid"}, says: "openssl pkcs12 -in FILE -nodes"},
		"no-key.p12":           {says: "PKCS#12 without a private key"},
		"java.jks":             {says: "a Java keystore (JKS)"},
		"java.jceks":           {says: "a Java keystore (JCEKS)"},
		"encrypted.pem":        {says: "this is an encrypted PEM key: "},
		"encrypted-old.pem":    {says: "this is an encrypted PEM key: "},
		"openssh.key":          {says: "ssh-keygen -p -m PEM"},
		"certificates.p7b":     {says: "PKCS#7"},
		"certificate.cer":      {says: "a certificate only"},
		"certificate-text.pem": {says: "a certificate only"},
		"pss.pem":              {says: "no RSA key"},
	} {
		data, err := os.ReadFile(filepath.Join("testdata", "keys", "files", name))
		if err != nil {
			t.Fatal(err)
		}
		switch test.options.Password.Reveal() {
		case "":
			test.options.Password = maskinporten.NewSecret(materialPassword)
		case "-":
			test.options.Password = maskinporten.Secret{}
		}
		key, err := maskinporten.LoadKey(data, test.options)
		switch {
		case test.says != "":
			mustSay(t, name, err, test.says)
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case commonNames(key.Certificates()) != test.chain:
			t.Errorf("%s: the chain is %s", name, commonNames(key.Certificates()))
		}
	}
}

func TestOfSeveralKeysTheNamedOneIsTaken(t *testing.T) {
	t.Parallel()
	one, two := jwkOf(t, privateKey(t, "one"), nil), jwkOf(t, privateKey(t, "two"), func(m map[string]any) { m["kid"] = "two" })
	set := []byte(`{"keys":[` + string(one) + `,{"kty":"oct","kid":"three"},` + string(two) + `]}`)
	store, err := os.ReadFile(filepath.Join("testdata", "keys", "files", "two-aliases.p12"))
	if err != nil {
		t.Fatal(err)
	}
	for what, test := range map[string]struct {
		data    []byte
		options maskinporten.KeyOptions
		want    string // its kid, or the name in its certificate
		says    string
	}{
		"a set, by kid":           {data: set, options: maskinporten.KeyOptions{Name: "two"}, want: "two"},
		"a set, with another kid": {data: set, options: maskinporten.KeyOptions{Name: "two", KeyID: "registered"}, want: "registered"},
		"a set, none named":       {data: set, says: `(KeyOptions.Name), of "one", "three", "two"`},
		"a set, another named":    {data: set, options: maskinporten.KeyOptions{Name: "four"}, says: `it has "one", "three", "two"`},
		"a set, no RSA key":       {data: set, options: maskinporten.KeyOptions{Name: "three"}, says: "RSA keys only"},
		"a JWK of that kid":       {data: one, options: maskinporten.KeyOptions{Name: "one"}, want: "one"},
		"a JWK of another":        {data: one, options: maskinporten.KeyOptions{Name: "two"}, says: `the kid "one"`},
		"PKCS#12, by alias":       {data: store, options: maskinporten.KeyOptions{Name: "first"}, want: "first"},
		"PKCS#12, in capitals":    {data: store, options: maskinporten.KeyOptions{Name: "SECOND"}, want: "second"},
		"PKCS#12, none named":     {data: store, says: `(KeyOptions.Name), of "first", "second"`},
		"PKCS#12, another named":  {data: store, options: maskinporten.KeyOptions{Name: "third"}, says: `it has "first", "second"`},
	} {
		test.options.Password = maskinporten.NewSecret("hushhush")
		key, err := maskinporten.LoadKey(test.data, test.options)
		if test.says != "" {
			mustSay(t, what, err, test.says)
		} else if err != nil || key.KeyID()+commonNames(key.Certificates()) != test.want {
			t.Errorf("%s: %v, error %v", what, key, err)
		}
	}
}

func TestAKidReplacesTheCertificate(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("testdata", "keys", "files", "default.p12"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := maskinporten.LoadKey(data, maskinporten.KeyOptions{Password: maskinporten.NewSecret(materialPassword), KeyID: "uploaded"})
	if err != nil {
		t.Fatal(err)
	}
	header := signsAs(t, key, key.Public())
	jwk, err := key.PublicJWK()
	if err != nil || header["kid"] != "uploaded" || header["x5c"] != nil || jwk.KeyID != "uploaded" {
		t.Errorf("the grant's header is %v, the public JWK's kid %q, error %v", header, jwk.KeyID, err)
	}
	if until := key.Expires(); until.Year() < 2026 || strings.Contains(key.String(), "LEAF") {
		t.Errorf("%v expires %v", key, until)
	}
}
