package keyfile_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/maskinporten-go/maskinporten/internal/keyfile"
)

func TestAKeyInBinaryIsReadWithWhatStandsBehindIt(t *testing.T) {
	t.Parallel()
	private := signer(t, "one.pem").(*rsa.PrivateKey)
	p12, err := pkcs12.Modern2023.WithIterations(1).Encode(private, certificate(t, "leaf", 1, false, private, private, nil), nil, hush.Password)
	if err != nil {
		t.Fatal(err)
	}
	for format, data := range map[string][]byte{
		"DER (PKCS#1)": x509.MarshalPKCS1PrivateKey(private), "DER (PKCS#8)": encoded(t, x509.MarshalPKCS8PrivateKey, private), "PKCS#12": p12,
	} {
		for _, behind := range []string{"", "\n", "\r\n \n"} {
			got, err := keyfile.Read(append(data, behind...), hush)
			if err != nil || got.Format != format || !private.Equal(got.Key.Signer) {
				t.Errorf("%s and %q: %+v, error %v", format, behind, got, err)
			}
		}
	}
}

func TestAPKCS12FileThatEndsInABlankIsWhole(t *testing.T) {
	t.Parallel()
	one := signer(t, "one.pem")
	const endsInABlank = 0x0820 // rounds, which are the last that a file holds
	data, err := pkcs12.Modern2023.WithIterations(endsInABlank).Encode(one, certificate(t, "leaf", 1, false, one, one, nil), nil, hush.Password)
	if err != nil || data[len(data)-1] != ' ' {
		t.Fatalf("it ends in %q, error %v", data[len(data)-1], err)
	}
	if _, err := keyfile.FromPKCS12(data, hush); err != nil {
		t.Error(err)
	}
}

func TestAPKCS12FileWithoutCertificatesHasAKeyOrNone(t *testing.T) {
	t.Parallel()
	private := signer(t, "one.pem").(*rsa.PrivateKey)
	data, err := pkcs12.Modern2023.WithIterations(1).Encode(private, certificate(t, "leaf", 1, false, private, private, nil), nil, "")
	if err != nil {
		t.Fatal(err)
	}
	got, err := keyfile.Read(emptied(t, data, 0), keyfile.Options{})
	if err != nil || !private.Equal(got.Key.Signer) || got.Key.Certificates != nil || got.Format != "PKCS#12" {
		t.Errorf("%+v, error %v", got, err)
	}
	_, err = keyfile.Read(emptied(t, data, 0, 1), keyfile.Options{})
	mustSay(t, "neither", err, "it has none")
}

// emptied takes contents out of PKCS#12 (RFC 7292, 4): the certificates, which
// are the first, or the key. It takes the MAC along.
func emptied(t *testing.T, data []byte, places ...int) []byte {
	t.Helper()
	type content struct {
		Type asn1.ObjectIdentifier
		Is   asn1.RawValue
	}
	var file struct {
		Version int
		Safe    content
		MAC     asn1.RawValue
	}
	var safe []byte
	var contents []content
	decode := func(data []byte, into any) {
		if _, err := asn1.Unmarshal(data, into); err != nil {
			t.Fatal(err)
		}
	}
	decode(data, &file)
	decode(file.Safe.Is.Bytes, &safe)
	decode(safe, &contents)
	inside := func(der []byte) content {
		octets := encoded(t, asn1.Marshal, der)
		return content{Type: file.Safe.Type, Is: asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: octets}}
	}
	for _, place := range places {
		contents[place] = inside([]byte{0x30, 0})
	}
	return encoded(t, asn1.Marshal, struct {
		Version int
		Safe    content
	}{file.Version, inside(encoded(t, asn1.Marshal, contents))})
}
