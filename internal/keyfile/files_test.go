package keyfile_test

import (
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/keyfile"
)

// TestFilesOfOtherProgramsAreReadOrNamed reads what OpenSSL, Java and SSH
// wrote; the folder's README tells how.
func TestFilesOfOtherProgramsAreReadOrNamed(t *testing.T) {
	t.Parallel()
	hushhush := keyfile.Options{Password: "hushhush"}
	for name, test := range map[string]struct {
		options             keyfile.Options
		format, chain, says string
	}{
		"default.p12":          {options: hush, format: "PKCS#12", chain: wholeChain},
		"legacy.p12":           {options: hush, format: "PKCS#12", chain: wholeChain},
		"certpbe-none.p12":     {options: hush, format: "PKCS#12", chain: wholeChain},
		"all-none.p12":         {options: hush, format: "PKCS#12", chain: wholeChain},
		"rootfirst.p12":        {options: hush, format: "PKCS#12", chain: wholeChain},
		"nomac-nopassword.p12": {format: "PKCS#12", chain: "TEST LEAF AS"},
		"nopassword.p12":       {format: "PKCS#12", chain: wholeChain},
		"norwegian.p12":        {options: keyfile.Options{Password: "blåbærsyltetøy\r\n"}, format: "PKCS#12", chain: "TEST LEAF AS"},
		"3des.p12":             {options: hush, format: "PKCS#12", chain: "TEST LEAF AS"},
		"sha512.p12":           {options: hush, format: "PKCS#12", chain: "TEST LEAF AS"},
		"windows.p12":          {options: hush, format: "PKCS#12", chain: "TEST LEAF AS"},
		"from-pkcs12.pem":      {format: "PEM (PKCS#8)", chain: wholeChain},
		"three-primes.pem":     {format: "PEM (PKCS#8)"},
		"java.p12":             {options: hushhush, format: "PKCS#12", chain: wholeChain},
		"javalegacy.p12":       {options: hushhush, format: "PKCS#12", chain: wholeChain},
		"with-trusted.p12":     {options: hushhush, format: "PKCS#12", chain: "only"},
		"two-aliases.p12":      {options: keyfile.Options{Password: "hushhush", Name: "Second"}, format: "PKCS#12", chain: "second"},
		"two-one-elliptic.p12": {options: keyfile.Options{Password: "hushhush", Name: "ec"}, format: "PKCS#12", chain: "ec"},
		"nomac.p12":            {options: hush, says: "without a checksum (MAC)"},
		"no-certificate.p12":   {options: hush, says: "openssl pkcs12 -in FILE -nodes"},
		"no-key.p12":           {options: hush, says: "PKCS#12 without a private key"},
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
		got, err := keyfile.Read(file(t, "files/"+name), test.options)
		if test.says != "" {
			mustSay(t, name, err, test.says)
		} else if err != nil || got.Format != test.format || names(t, got.Key) != test.chain {
			t.Errorf("%s: %+v, error %v", name, got, err)
		}
	}
}

func TestOfSeveralKeysTheNamedOneIsTaken(t *testing.T) {
	t.Parallel()
	store, mixed := file(t, "files/two-aliases.p12"), file(t, "files/two-one-elliptic.p12")
	jwk := func(kid, kty string) string {
		return `{"kid":"` + kid + `","kty":"` + kty + `","n":"AQ","e":"AQAB","d":"AQ"}`
	}
	set := `{"keys":[` + jwk("one", "RSA") + `,{"kty":"oct","kid":"three"},` + jwk("two", "RSA") + `]}`
	for what, test := range map[string]struct {
		data, name string
		want       string // its kid, or the name in its certificate
		says       string
	}{
		"a set, by kid":            {data: set, name: "two", want: "two"},
		"a set, none named":        {data: set, says: `a set of 3 keys: name the one to sign with (KeyOptions.Name), of "one", "three", "two"`},
		"a set, another named":     {data: set, name: "four", says: `a set of 3 keys without one of that name; it has "one", "three", "two"`},
		"a set, no RSA key":        {data: set, name: "three", says: "RSA keys only"},
		"a set, a kid twice":       {data: `{"keys":[` + jwk("one", "RSA") + `,` + jwk("one", "RSA") + `]}`, name: "one", says: "a set of 2 keys: name the one"},
		"a set of one":             {data: `{"keys":[` + jwk("one", "RSA") + `]}`, want: "one"},
		"a set of none":            {data: `{"keys":[]}`, name: "one", says: "a set of 0 keys"},
		"a set that is none":       {data: `{"keys":null}`, says: "a set of 0 keys"},
		"a JWK of that kid":        {data: jwk("one", "RSA"), name: "one", want: "one"},
		"a JWK of another":         {data: jwk("one", "RSA"), name: "two", says: `the kid "one", not the one`},
		"PKCS#12, by alias":        {data: string(store), name: "first", want: "first"},
		"PKCS#12, in capitals":     {data: string(store), name: "SECOND", want: "second"},
		"PKCS#12, none named":      {data: string(store), says: `several keys: name one (KeyOptions.Name), of "first", "second"`},
		"PKCS#12, another named":   {data: string(store), name: "third", says: `it has "first", "second"`},
		"PKCS#12, the elliptic":    {data: string(mixed), name: "ec", want: "ec"}, // for the caller to refuse
		"PKCS#12, beside elliptic": {data: string(mixed), name: "only", want: "only"},
	} {
		got, err := keyfile.Read([]byte(test.data), keyfile.Options{Password: "hushhush", Name: test.name})
		if test.says != "" {
			mustSay(t, what, err, test.says)
		} else if err != nil || got.Key.KeyID+names(t, got.Key) != test.want {
			t.Errorf("%s: %+v, error %v", what, got, err)
		}
	}
}

func TestASetIsReportedAsOne(t *testing.T) {
	t.Parallel()
	jwk := `{"kty":"RSA","n":"AQ","e":"AQAB","d":"AQ"}`
	for data, format := range map[string]string{jwk: "JWK", `{"keys":[` + jwk + `]}`: "JWK set", `{"keys":[{}]}`: "JSON", "[]": "JSON"} {
		if got, err := keyfile.Read([]byte(data), keyfile.Options{}); got.Format != format || (err == nil) != strings.HasPrefix(format, "JWK") {
			t.Errorf("%s: %+v, error %v", data, got, err)
		}
	}
}
