package maskinporten_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/maskinporten-go/maskinporten"
)

// refused is what people give for a key, and what the refusal says.
type refused struct {
	data   []byte
	binary bool
	says   string
	does   string // what to do about it
}

func refusedMaterials(t *testing.T) map[string]refused {
	t.Helper()
	private := privateKey(t, "one")
	chain := testChain(t, private.Public())
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(curve)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(curve)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	keyText := keyPEM(t, "one")
	body := strings.Join(strings.Split(strings.TrimSpace(string(keyText)), "\n")[1:], "\n")
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, private)
	if err != nil {
		t.Fatal(err)
	}
	p12, err := pkcs12.Modern2023.WithIterations(1).Encode(private, chain[0], nil, "another password")
	if err != nil {
		t.Fatal(err)
	}
	store, err := pkcs12.Modern2023.WithIterations(1).EncodeTrustStore(chain, materialPassword)
	if err != nil {
		t.Fatal(err)
	}
	jwk := jwkOf(t, private, nil)
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
		"EC, PKCS#8":                    {data: block("PRIVATE KEY", pkcs8), says: "RSA keys only", does: "NewKey"},
		"EC, DER":                       {data: sec1, binary: true, says: "an EC key", does: "openssl genpkey -algorithm RSA"},
		"EC, PKCS#8 in DER":             {data: pkcs8, binary: true, says: "RSA keys only", does: "NewKey"},
		"EC, JWK":                       {data: jwkOf(t, curve, nil), says: "no RSA key", does: "RSA keys only"},
		"weak":                          {data: keyPEM(t, "weak"), says: "1024 bits", does: "2048 bits or more"},
		"public, PEM":                   {data: block("PUBLIC KEY", public), says: "this is a public key", does: "private one is needed"},
		"public, PKCS#1":                {data: block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&private.PublicKey)), says: "this is a public key", does: "private one is needed"},
		"public, DER":                   {data: public, binary: true, says: "this is a public key", does: "private one is needed"},
		"public, PKCS#1 in DER":         {data: x509.MarshalPKCS1PublicKey(&private.PublicKey), binary: true, says: "this is a public key", does: "private one is needed"},
		"public, JWK":                   {data: jwkOf(t, private.Public(), nil), says: "a public JWK", does: "private one is needed"},
		"certificates":                  {data: certificatePEM(chain...), says: "a certificate only", does: "private key is needed"},
		"certificate, DER":              {data: chain[0].Raw, binary: true, says: "a certificate only", does: "private key is needed"},
		"request for a certificate":     {data: block("CERTIFICATE REQUEST", request), says: "a request for a certificate", does: "private key that it was made with"},
		"PKCS#7":                        {data: block("PKCS7", []byte{48, 0}), says: `PEM of type "PKCS7"`, does: "PRIVATE KEY"},
		"encrypted, PKCS#8":             {data: block("ENCRYPTED PRIVATE KEY", encrypted), says: "this is an encrypted PEM key: ", does: "openssl pkey -in FILE -out key.pem"},
		"encrypted, old":                {data: []byte("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\naHVzaA==\n-----END RSA PRIVATE KEY-----\n"), says: "this is an encrypted PEM key: ", does: "openssl pkey -in FILE"},
		"encrypted, DER":                {data: encrypted, binary: true, says: "encrypted private key (DER)", does: "-inform DER"},
		"line breaks became blanks":     {data: bytes.ReplaceAll(bytes.TrimSpace(keyText), []byte("\n"), []byte(" ")), says: "the line breaks are lost", does: `write \n for each`},
		"line breaks are gone":          {data: bytes.ReplaceAll(keyText, []byte("\n"), nil), says: "the line breaks are lost", does: `write \n for each`},
		"first line only":               {data: []byte("-----BEGIN PRIVATE KEY-----"), says: "the first line of PEM only", does: "base64 of the file"},
		"cut off":                       {data: keyText[:900], says: "PEM that is cut off", does: "-----END …-----, is missing"},
		"first line damaged by Word":    {data: []byte("–BEGIN PRIVATE KEY–\n" + body), says: "a damaged first line", does: "five hyphens"},
		"first line short of a hyphen":  {data: []byte("----BEGIN PRIVATE KEY-----\n" + body), says: "a damaged first line", does: "five hyphens"},
		"a letter damaged":              {data: bytes.Replace(keyText, []byte("\nMII"), []byte("\n£II"), 1), says: "is damaged"},
		"certificate behind it damaged": {data: slices.Concat(keyText, bytes.Replace(certificatePEM(chain...), []byte("MII"), []byte("£II"), 1)), says: "a block that is damaged"},
		"two keys":                      {data: slices.Concat(keyText, keyPEM(t, "two")), says: "several private keys", does: "keep one"},
		"another's certificate":         {data: slices.Concat(keyPEM(t, "two"), certificatePEM(chain...)), says: "does not match its certificate"},
		"neither kid nor certificate":   {data: keyText, says: "neither a kid nor a certificate", does: "KeyOptions.KeyID"},
		"Java's keystore":               {data: []byte("\xfe\xed\xfe\xed\x00\x00\x00\x02" + strings.Repeat("jks", 30)), binary: true, says: "a Java keystore (JKS)", does: "keytool -importkeystore"},
		"Java's other keystore":         {data: []byte("\xce\xce\xce\xce\x00\x00\x00\x02" + strings.Repeat("jce", 30)), binary: true, says: "a Java keystore (JCEKS)", does: "keytool -importkeystore"},
		"zip":                           {data: []byte("PK\x03\x04\x14\x00" + strings.Repeat("zipped", 20)), binary: true, says: "a zip archive", does: "unpack it"},
		"PKCS#12 of another password":   {data: p12, binary: true, says: "the password is wrong"},
		"PKCS#12 of certificates":       {data: store, binary: true, says: "PKCS#12 without a private key", does: "is needed"},
		"PKCS#12 cut off":               {data: p12[:700], binary: true, says: "cut off or damaged", does: "copy it anew"},
		"PKCS#12 copied as text":        {data: bytes.ToValidUTF8(p12, []byte("\ufffd")), binary: true, says: "changed on its way as if it were text", does: "copy it as binary"},
		"PKCS#12 in BER":                {data: slices.Concat([]byte{0x30, 0x80}, p12[4:], []byte{0, 0}), binary: true, says: "an old encoding (BER)", does: "openssl pkcs12"},
		"other DER":                     {data: slices.Concat([]byte{0x30, 70, 4, 68}, bytes.Repeat([]byte("x"), 68)), binary: true, says: "neither PKCS#12 nor a private key", does: "openssl asn1parse"},
		"other binary":                  {data: bytes.Repeat([]byte{0xff, 1, 2}, 40), binary: true, says: "holds no key in a known form", does: "is needed"},
		"JWK without a kid":             {data: jwkOf(t, private, func(m map[string]any) { delete(m, "kid") }), says: "neither a kid nor a certificate", does: "KeyOptions.KeyID"},
		"JWK for encryption":            {data: jwkOf(t, private, func(m map[string]any) { m["use"] = "enc" }), says: `for the use "enc"`, does: "(sig) is needed"},
		"JWK with a blank in its kid":   {data: jwkOf(t, private, func(m map[string]any) { m["kid"] = "my key" }), says: "a blank, a quote or a control character"},
		"JWK with one prime":            {data: jwkOf(t, private, func(m map[string]any) { delete(m, "p") }), says: "one prime only", does: "or neither"},
		"JWK with three primes":         {data: jwkOf(t, private, func(m map[string]any) { m["oth"] = []any{} }), says: "more than two primes", does: "make a new key"},
		"JWK of n, e and another's d":   {data: jwkOf(t, private, mixed(t)), says: "don't belong together"},
		"JWK of an endless n":           {data: jwkOf(t, private, func(m map[string]any) { m["n"] = strings.Repeat("x", 5000) }), says: "check kty, n, e, d, p and q"},
		"JWK, cut":                      {data: jwk[:len(jwk)/2], says: "no JSON object"},
		"set of none":                   {data: []byte(`{"keys":[]}`), says: "a set of 0 keys"},
		"set of two":                    {data: slices.Concat([]byte(`{"keys":[`), jwk, []byte(`,`), jwk, []byte(`]}`)), says: "a set of 2 keys", does: "name the one"},
		"list of JWKs":                  {data: slices.Concat([]byte(`[`), jwk, []byte(`]`)), says: "no JSON object"},
		"other JSON":                    {data: []byte(`{"type":"service_account","private_key":"-----BEGIN PRIVATE KEY-----\nMII…"}`), says: "not a JWK that can be read"},
	}
}

// mixed leaves n and e of one key and d of another.
func mixed(t *testing.T) func(map[string]any) {
	t.Helper()
	other := jwkMember(t, privateKey(t, "two"), "d")
	return func(m map[string]any) {
		m["d"] = other
		for _, name := range []string{"p", "q", "dp", "dq", "qi"} {
			delete(m, name)
		}
	}
}

func TestWhatIsNoKeyIsNamedInEveryDisguise(t *testing.T) {
	t.Parallel()
	tried := 0
	for what, m := range refusedMaterials(t) {
		for look, d := range disguises {
			unlike := strings.HasPrefix(what, "line breaks") || strings.HasPrefix(what, "first line")
			short := len(m.data) < 64 && look != "as it is" // too short for base64 of a key
			if d.text && (m.binary || unlike) || d.lost != "" || short || strings.Contains(what, "damaged") && look != "as it is" {
				continue
			}
			tried++
			key, err := maskinporten.LoadKey(d.put(m.data), maskinporten.KeyOptions{Password: maskinporten.NewSecret(materialPassword)})
			if err == nil {
				t.Errorf("%s, %s: read as %v", what, look, key)
				continue
			}
			mustSay(t, what+", "+look, err, m.says)
			if !strings.Contains(err.Error(), m.does) {
				t.Errorf("%s, %s: %v; it should say what to do: %q", what, look, err, m.does)
			}
			if text := err.Error(); len(text) > 400 || strings.ContainsAny(text, "\n\r") || strings.Contains(text, "MII") || strings.Contains(text, materialPassword) {
				t.Errorf("%s, %s: the text is long, or shows what was in the file: %v", what, look, err)
			}
		}
	}
	t.Logf("%d refusals", tried)
}
