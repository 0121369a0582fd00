package keyfile

import (
	"bytes"
	"encoding/asn1"
	"errors"
	"strings"
	"unicode/utf8"
)

// kind is a form that keys are kept in.
type kind string

const (
	kindUnknown kind = ""
	kindJSON    kind = "JSON"
	kindPEM     kind = "PEM"
	kindDER     kind = "binary (PKCS#12 or DER)"
)

// kindOf looks at the first characters; whether the rest is right, reading
// tells.
func kindOf(data []byte) kind {
	switch {
	case bytes.HasPrefix(data, []byte("{")), bytes.HasPrefix(data, []byte("[")):
		return kindJSON
	case isDER(data):
		return kindDER
	case bytes.Contains(data, []byte("-----BEGIN ")):
		return kindPEM
	}
	return kindUnknown
}

// formatOf names the form of a file, as far as its first characters tell.
func formatOf(data []byte) string {
	kind := kindOf(data)
	if kind != kindDER {
		return string(kind)
	}
	if isPFX(data) {
		return formatPKCS12
	}
	return formatDER
}

// The forms that need more than a look. PEM and DER say more of themselves
// once they are read.
const (
	formatJWK    = "JWK"
	formatJWKSet = "JWK set"
	formatPKCS12 = "PKCS#12"
	formatDER    = "DER"
)

// isDER reports whether the data are one structure of ASN.1, as private keys,
// certificates and PKCS#12 are in binary; with indefinite lengths too (BER).
func isDER(data []byte) bool {
	if bytes.HasPrefix(data, []byte{0x30, 0x80}) {
		return true
	}
	var value asn1.RawValue
	rest, err := asn1.Unmarshal(data, &value)
	return err == nil && value.Tag == asn1.TagSequence && value.IsCompound && len(bytes.TrimSpace(rest)) == 0
}

// isPFX reports whether the data begin as PKCS#12 does (RFC 7292, 4): with
// the version, which is 3.
func isPFX(data []byte) bool {
	const header = 8 // tag and length, at most
	return bytes.Contains(data[:min(len(data), header)], []byte{asn1.TagInteger, 1, 3})
}

// oneValue cuts off what follows the structure, such as a line break.
func oneValue(data []byte) []byte {
	var value asn1.RawValue
	if _, err := asn1.Unmarshal(data, &value); err != nil {
		return data
	}
	return value.FullBytes
}

// unknown says what the data are, if they are known for not being a key.
func unknown(data []byte) error {
	for _, sign := range []struct{ begins, problem string }{
		{"\xfe\xed\xfe\xed", "this is a Java keystore (JKS): make it PKCS#12 with keytool -importkeystore -srckeystore FILE -destkeystore key.p12 -deststoretype PKCS12"},
		{"\xce\xce\xce\xce", "this is a Java keystore (JCEKS): make it PKCS#12 with keytool -importkeystore -srckeystore FILE -srcstoretype JCEKS -destkeystore key.p12 -deststoretype PKCS12"},
		{"PuTTY-User-Key-File", "this is a PuTTY key: export it as an OpenSSH key, then ssh-keygen -p -m PEM -f FILE"},
		{"ssh-rsa ", "this is a public key of SSH: the private one is needed to sign"},
		{"PK\x03\x04", "this is a zip archive: unpack it, and give the key file itself"},
		{"$", "this is the name of a variable that was not filled in"},
	} {
		if bytes.HasPrefix(data, []byte(sign.begins)) {
			return errors.New(sign.problem)
		}
	}
	return unknownText(data)
}

func unknownText(data []byte) error {
	if len(data) == 0 {
		return errors.New("is empty: is the variable or the file filled in?")
	}
	text := string(data)
	switch {
	case bytes.HasPrefix(data, []byte{0x30}) && bytes.Contains(data, []byte("\xef\xbf\xbd")):
		return errors.New("this is a binary file that was changed on its way as if it were text: copy it as binary, or as base64")
	case bytes.HasPrefix(data, []byte{0x30}) && !utf8.Valid(data):
		return errors.New("this is a binary file that is cut off or damaged: copy it anew, as binary")
	case !utf8.Valid(data):
		return errors.New("this is binary, or base64 of it, and holds no key in a known form: PKCS#12, PEM or a JWK is needed")
	case strings.Contains(text, "BEGIN ") && strings.Contains(text, "KEY"):
		return errors.New("this is PEM with a damaged first line: it must be -----BEGIN PRIVATE KEY-----, with five hyphens before and after")
	case isPath(text):
		return errors.New("this is the name of a file, not what is in it: read the file, or use LoadKeyFile")
	}
	return errors.New("this is no key in a known form: a JWK (JSON), PEM (-----BEGIN PRIVATE KEY-----), PKCS#12, or base64 of one is needed")
}

// isPath reports whether a text looks like the name of a key file.
func isPath(text string) bool {
	if len(text) > 300 || strings.ContainsAny(text, "\n\r") {
		return false
	}
	for _, ending := range []string{".pem", ".key", ".p12", ".pfx", ".jwk", ".jwks", ".json", ".jks", ".txt"} {
		if strings.HasSuffix(strings.ToLower(text), ending) {
			return true
		}
	}
	for _, beginning := range []string{"/", "./", "../", "~/", `C:\`, "file:"} {
		if strings.HasPrefix(text, beginning) && (beginning == `C:\` || !strings.Contains(text, `\`)) { // base64 may begin with a slash, too
			return true
		}
	}
	return false
}
