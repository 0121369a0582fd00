package keyfile_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"slices"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/maskinporten-go/maskinporten/internal/dev/disguise"
	"github.com/maskinporten-go/maskinporten/internal/keyfile"
)

// refused is what people give for a key, and what the refusal says.
type refused struct {
	data   []byte
	binary bool // or text that a disguise of text would change
	says   string
	does   string // what to do about it
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func encoded(t *testing.T, encode func(any) ([]byte, error), key any) []byte {
	t.Helper()
	der, err := encode(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func refusedMaterials(t *testing.T) map[string]refused {
	t.Helper()
	private := signer(t, "one.pem").(*rsa.PrivateKey)
	leaf := certificate(t, "leaf", 1, false, private, private, nil)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	exchange, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(curve)
	if err != nil {
		t.Fatal(err)
	}
	public, pkcs1Public := encoded(t, x509.MarshalPKIXPublicKey, private.Public()), x509.MarshalPKCS1PublicKey(&private.PublicKey)
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, private)
	if err != nil {
		t.Fatal(err)
	}
	p12, err := pkcs12.Modern2023.WithIterations(1).Encode(private, leaf, nil, "another password")
	if err != nil {
		t.Fatal(err)
	}
	exchangeP12, err := pkcs12.Modern2023.WithIterations(1).Encode(exchange, leaf, nil, hush.Password)
	if err != nil {
		t.Fatal(err)
	}
	store, err := pkcs12.Modern2023.WithIterations(1).EncodeTrustStore([]*x509.Certificate{leaf}, hush.Password)
	if err != nil {
		t.Fatal(err)
	}
	keyText := file(t, "one.pem")
	body := strings.Join(strings.Split(strings.TrimSpace(string(keyText)), "\n")[1:], "\n")
	// The outer part of an encrypted key in PKCS#8 is enough to know it by.
	encrypted := slices.Concat([]byte{0x30, 0x19, 0x30, 0x0d, 6, 9}, []byte("\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"), []byte{5, 0, 4, 8}, []byte("enciphrd"))
	return map[string]refused{
		"nothing":                       {says: "is empty", does: "filled in?"},
		"words":                         {data: []byte("let me in"), says: "no key in a known form", does: "is needed"},
		"a long word":                   {data: bytes.Repeat([]byte("letmein"), 40), says: "holds no key in a known form", does: "is needed"},
		"a name of a file":              {data: []byte("/var/run/secrets/key.pem"), says: "the name of a file", does: "LoadKeyFile"},
		"a name of a file on Windows":   {data: []byte(`C:\nokler\test.pfx`), says: "the name of a file", does: "LoadKeyFile"},
		"a variable":                    {data: []byte("${PRIVATE_KEY}"), says: "variable that was not filled in"},
		"SSH's public key":              {data: []byte("ssh-rsa AAAAB3NzaC1yc2E me@here"), says: "a public key", does: "private one is needed"},
		"PuTTY's key":                   {data: []byte("PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n"), says: "a PuTTY key", does: "ssh-keygen -p -m PEM"},
		"OpenSSH's key":                 {data: block("OPENSSH PRIVATE KEY", []byte("openssh-key-v1\x00")), says: "OpenSSH's own form", does: "ssh-keygen -p -m PEM"},
		"EC, SEC 1":                     {data: slices.Concat(block("EC PARAMETERS", []byte{6, 0}), block("EC PRIVATE KEY", sec1)), says: "RSA keys only", does: "openssl genpkey -algorithm RSA"},
		"EC, DER":                       {data: sec1, binary: true, says: "an EC key", does: "openssl genpkey -algorithm RSA"},
		"EC, JWK":                       {data: []byte(`{"kty":"EC","crv":"P-256","x":"eA","y":"eQ","d":"ZA","note":"an EC key for signatures"}`), says: `no RSA key (kty is "EC")`, does: "RSA keys only"},
		"X25519, PKCS#8":                {data: block("PRIVATE KEY", encoded(t, x509.MarshalPKCS8PrivateKey, exchange)), says: "cannot sign", does: "RSA keys only"},
		"X25519, PKCS#8 in DER":         {data: slices.Concat(encoded(t, x509.MarshalPKCS8PrivateKey, exchange), bytes.Repeat([]byte(" "), 20)), binary: true, says: "neither PKCS#12 nor a private key"},
		"X25519, PKCS#12":               {data: exchangeP12, binary: true, says: "cannot sign", does: "RSA keys only"},
		"public, PEM":                   {data: block("PUBLIC KEY", public), says: "this is a public key", does: "private one is needed"},
		"public, PKCS#1":                {data: block("RSA PUBLIC KEY", pkcs1Public), says: "this is a public key", does: "private one is needed"},
		"public, DER":                   {data: public, binary: true, says: "this is a public key", does: "private one is needed"},
		"public, PKCS#1 in DER":         {data: pkcs1Public, binary: true, says: "this is a public key", does: "private one is needed"},
		"public, JWK":                   {data: []byte(`{"kty":"RSA","n":"` + strings.Repeat("A", 342) + `","e":"AQAB","kid":"one"}`), says: "a public JWK", does: "private one is needed"},
		"certificate":                   {data: block("CERTIFICATE", leaf.Raw), says: "a certificate only", does: "private key is needed"},
		"certificate, DER":              {data: leaf.Raw, binary: true, says: "a certificate only", does: "private key is needed"},
		"certificate, cut off":          {data: block("CERTIFICATE", leaf.Raw)[:700], says: "PEM that is cut off", does: "-----END …-----, is missing"},
		"request for a certificate":     {data: block("CERTIFICATE REQUEST", request), says: "a request for a certificate", does: "private key that it was made with"},
		"PKCS#7":                        {data: block("PKCS7", []byte{48, 0}), says: `PEM of type "PKCS7"`, does: "PRIVATE KEY"},
		"encrypted, PKCS#8":             {data: block("ENCRYPTED PRIVATE KEY", encrypted), says: "this is an encrypted PEM key: ", does: "openssl pkey -in FILE -out key.pem"},
		"encrypted, old":                {data: []byte("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\naHVzaA==\n-----END RSA PRIVATE KEY-----\n"), says: "this is an encrypted PEM key: ", does: "openssl pkey -in FILE"},
		"encrypted, DER":                {data: encrypted, binary: true, says: "encrypted private key (DER)", does: "-inform DER"},
		"PKCS#8 as PKCS#1":              {data: bytes.ReplaceAll(keyText, []byte(" PRIVATE"), []byte(" RSA PRIVATE")), says: "cannot be read as PKCS#1", does: "is damaged"},
		"PKCS#8, damaged":               {data: block("PRIVATE KEY", encrypted), says: "cannot be read as PKCS#8", does: "is damaged, or no RSA key"},
		"line breaks became blanks":     {data: bytes.ReplaceAll(bytes.TrimSpace(keyText), []byte("\n"), []byte(" ")), binary: true, says: "the line breaks are lost", does: `write \n for each`},
		"line breaks are gone":          {data: bytes.ReplaceAll(keyText, []byte("\n"), nil), binary: true, says: "the line breaks are lost", does: `write \n for each`},
		"first line only":               {data: []byte("-----BEGIN PRIVATE KEY-----"), binary: true, says: "the first line of PEM only", does: "base64 of the file"},
		"cut off":                       {data: keyText[:900], says: "PEM that is cut off", does: "-----END …-----, is missing"},
		"first line damaged by Word":    {data: []byte("–BEGIN PRIVATE KEY–\n" + body), binary: true, says: "a damaged first line", does: "five hyphens"},
		"first line short of a hyphen":  {data: []byte("----BEGIN PRIVATE KEY-----\n" + body), binary: true, says: "a damaged first line", does: "five hyphens"},
		"first line not closed":         {data: []byte("-----BEGIN PRIVATE KEY\n" + body), binary: true, says: "a damaged first line", does: "five hyphens"},
		"a letter damaged":              {data: bytes.Replace(keyText, []byte("\nMII"), []byte("\n£II"), 1), says: "is damaged", does: "is not base64"},
		"certificate behind it damaged": {data: slices.Concat(keyText, bytes.Replace(block("CERTIFICATE", leaf.Raw), []byte("MII"), []byte("£II"), 1)), says: "a block that is damaged"},
		"two keys":                      {data: slices.Concat(keyText, file(t, "two.pem")), says: "several private keys", does: "keep one"},
		"Java's keystore":               {data: []byte("\xfe\xed\xfe\xed\x00\x00\x00\x02" + strings.Repeat("jks", 30)), binary: true, says: "a Java keystore (JKS)", does: "keytool -importkeystore"},
		"Java's other keystore":         {data: []byte("\xce\xce\xce\xce\x00\x00\x00\x02" + strings.Repeat("jce", 30)), binary: true, says: "a Java keystore (JCEKS)", does: "keytool -importkeystore"},
		"zip":                           {data: []byte("PK\x03\x04\x14\x00" + strings.Repeat("zipped", 20)), binary: true, says: "a zip archive", does: "unpack it"},
		"PKCS#12 of another password":   {data: p12, binary: true, says: "the password is wrong"},
		"PKCS#12 of certificates":       {data: store, binary: true, says: "PKCS#12 without a private key", does: "is needed"},
		"PKCS#12 cut off":               {data: p12[:700], binary: true, says: "cut off or damaged", does: "copy it anew"},
		"PKCS#12 copied as text":        {data: bytes.ToValidUTF8(p12, []byte("\ufffd")), binary: true, says: "changed on its way as if it were text", does: "copy it as binary"},
		"PKCS#12 in BER":                {data: slices.Concat([]byte{0x30, 0x80}, p12[4:], []byte{0, 0}), binary: true, says: "an old encoding (BER)", does: "openssl pkcs12"},
		"other BER":                     {data: slices.Concat([]byte{0x30, 0x80}, bytes.Repeat([]byte("x"), 68)), binary: true, says: "neither PKCS#12 nor a private key", does: "openssl asn1parse"},
		"other DER":                     {data: slices.Concat([]byte{0x30, 70, 4, 68}, bytes.Repeat([]byte("x"), 68)), binary: true, says: "neither PKCS#12 nor a private key", does: "openssl asn1parse"},
		"other binary":                  {data: bytes.Repeat([]byte{0xff, 1, 2}, 40), binary: true, says: "holds no key in a known form", does: "is needed"},
		"set of none":                   {data: []byte(`{"keys":[]}`), says: "a set of 0 keys"},
		"set of two":                    {data: []byte(`{"keys":[{"kty":"RSA","kid":"a","n":"AQ","d":"AQ"},{"kty":"RSA","kid":7}]}`), says: "a set of 2 keys", does: `name the one to sign with (KeyOptions.Name), of "a", "7"`},
		"set of no objects":             {data: []byte(`{"keys":{}}`), says: "no list of objects"},
		"list of JWKs":                  {data: []byte(`[{"kty":"RSA"}]`), says: "no JSON object"},
		"JWK, cut":                      {data: []byte(`{"kty":"RSA","n":"` + strings.Repeat("A", 300)), says: "no JSON object"},
		"other JSON":                    {data: []byte(`{"type":"service_account","private_key":"-----BEGIN PRIVATE KEY-----\nMII…"}`), says: "not a JWK that can be read", does: "check kty"},
	}
}

func TestWhatIsNoKeyIsNamedInEveryDisguise(t *testing.T) {
	t.Parallel()
	for what, m := range refusedMaterials(t) {
		for look, d := range disguise.All {
			short := len(m.data) < 64 && look != "as it is" // too short for base64 of a key
			if d.Text && m.binary || d.Lost != "" || short || strings.Contains(what, "damaged") && look != "as it is" {
				continue
			}
			_, err := keyfile.Read(d.Put(m.data), hush)
			mustSay(t, what+", "+look, err, m.says)
			mustSay(t, what+", "+look, err, m.does)
		}
	}
}

func TestWhatIsShortOrEmptyIsNamed(t *testing.T) {
	t.Parallel()
	ofJWK := func(n int) string {
		return base64.RawStdEncoding.EncodeToString([]byte(`{"kty":"EC"` + strings.Repeat(" ", n-12) + "}"))
	}
	for data, says := range map[string]string{
		"": "is empty", "\n": "is empty", `""`: "is empty", "''": "is empty", "\u201c\u201d": "is empty",
		`"`: "no key in a known form", `"""`: "no key in a known form",
		ofJWK(48): `kty is "EC"`, ofJWK(47): "no key in a known form", // 64 characters are looked through, 63 may be a word
		"/run/key": "name of a file", "./key": "name of a file", "key.P12": "name of a file", `C:\new\key`: "name of a file",
		strings.Repeat("x", 296) + ".pem": "name of a file", strings.Repeat("x", 297) + ".pem": "no key in a known form", "two\nlines.pem": "no key in a known form",
		"BEGIN KEY": "a damaged first line", "-----BEGIN PRIVATE\nKEY": "a damaged first line",
		"0\xff": "cut off or damaged", "0\xef\xbf\xbd": "as if it were text", "\xff": "holds no key", "0\x03": "no key in a known form", "0\x00": "neither PKCS#12 nor",
		"\xff\xfek\x00": "this is UTF-16", "\xfe\xff\x00k": "this is UTF-16", "k\x00e\x00y\x00 \x00": "this is UTF-16", "\x00k\x00e\x00y\x00 ": "this is UTF-16", "k\x00e\x00y\x00s": "no key in a known form",
		`{`: "no JSON object", `[]`: "no JSON object", "null": "no key in a known form", `{}`: "check kty", `{"kty":"RSA"}`: "a public JWK",
	} {
		_, err := keyfile.Read([]byte(data), keyfile.Options{})
		mustSay(t, data, err, says)
	}
}

func TestALoaderOfOneFormNamesTheOthers(t *testing.T) {
	t.Parallel()
	text, p12 := string(file(t, "one.pem")), string(file(t, "files/default.p12"))
	const jwk = `{"kty":"RSA","n":"AQ","e":"AQAB","d":"AQ"}`
	loaders := map[string]func([]byte) (*keyfile.Key, error){
		"a JWK": func(data []byte) (*keyfile.Key, error) { return keyfile.FromJWK(data, "") }, "PEM": keyfile.FromPEM,
		"PKCS#12": func(data []byte) (*keyfile.Key, error) { return keyfile.FromPKCS12(data, hush) },
	}
	const disguised = "in a disguise (base64, quotes, a byte order mark, \\n for line breaks): use LoadKey, which looks through it"
	for data, says := range map[string]map[string]string{
		text: {"a JWK": "this is PEM, not a JWK: use LoadKey", "PEM": "", "PKCS#12": "this is PEM, not PKCS#12: use LoadKey"},
		p12:  {"a JWK": "this is binary (PKCS#12 or DER), not a JWK", "PEM": "this is binary (PKCS#12 or DER), not PEM", "PKCS#12": ""},
		jwk:  {"a JWK": "", "PEM": "this is JSON, not PEM", "PKCS#12": "this is JSON, not PKCS#12"},
		// blanks around are nothing to speak of
		"\n\t " + jwk + "\n": {"a JWK": ""}, " \n" + text: {"PEM": ""}, p12 + "\r\n": {"PKCS#12": ""},
		`"` + jwk + `"`:                                {"a JWK": "this is a JWK " + disguised, "PEM": "this is JSON, not PEM"},
		strings.ReplaceAll(text, "\n", `\n`):           {"PEM": "this is PEM " + disguised, "PKCS#12": "this is PEM, not"},
		base64.StdEncoding.EncodeToString([]byte(p12)): {"PKCS#12": "this is PKCS#12 " + disguised, "PEM": "this is binary"},
		// of a disguise that holds no good key, too
		`'{"kty":"EC"}'`: {"a JWK": "this is a JWK " + disguised}, `{"kty":"EC"}`: {"a JWK": "RSA keys only"},
		"words":                  {"a JWK": "is not a JWK: this is no key", "PEM": "is not PEM: this is no key", "PKCS#12": "is not PKCS#12: this is no key"},
		`""`:                     {"a JWK": "is empty", "PEM": "is empty", "PKCS#12": "is empty"},
		"{\x00\"\x00k\x00\"\x00": {"a JWK": "this is UTF-16", "PEM": "this is UTF-16", "PKCS#12": "this is UTF-16"},
	} {
		for name, want := range says {
			key, err := loaders[name](([]byte(data)))
			if want == "" && (err != nil || key.Signer == nil) {
				t.Errorf("%.40q as %s: %v", data, name, err)
			} else if want != "" && (err == nil || !strings.HasPrefix(err.Error(), want) && !strings.HasSuffix(err.Error(), want)) {
				t.Errorf("%.40q as %s: %v; it should say %q", data, name, err, want)
			}
		}
	}
}

func TestAKeyInDERIsNoPKCS12(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]string{"one.pem": "this is a private key in binary (DER), not PKCS#12: use LoadKey", "files/certificate-text.pem": "a certificate only"} {
		der, _ := pem.Decode(file(t, name))
		_, err := keyfile.FromPKCS12(der.Bytes, hush)
		mustSay(t, name, err, says)
	}
}

func TestWhatStandsBesideACertificateIsNamed(t *testing.T) {
	t.Parallel()
	text := func(kinds ...string) (text []byte) {
		for _, kind := range kinds {
			text = append(text, block(kind, []byte("x"))...)
		}
		return text
	}
	for says, data := range map[string][]byte{
		"a public key": text("CERTIFICATE", "PUBLIC KEY"), "this is a public key": text("PUBLIC KEY", "CERTIFICATE"), "a request": text("CERTIFICATE", "CERTIFICATE REQUEST"),
		`type "X"`: text("X", "PUBLIC KEY"), `type "OTHER"`: text("CERTIFICATE", "CERTIFICATE", "OTHER"),
	} {
		_, err := keyfile.FromPEM(data)
		mustSay(t, says, err, says)
	}
}
