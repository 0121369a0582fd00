package keyfile

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
)

// readDER reads what is binary: PKCS#12, or a private key without PEM's lines
// around it.
func readDER(data []byte, options Options) (*Key, error) {
	if isPFX(data) {
		return readPKCS12(data, options)
	}
	data = oneValue(data)
	if key, err := x509.ParsePKCS1PrivateKey(data); err == nil {
		return &Key{Signer: key, format: formatDER + " (PKCS#1)"}, nil
	}
	if key, err := x509.ParsePKCS8PrivateKey(data); err == nil {
		if signer, ok := key.(crypto.Signer); ok {
			return &Key{Signer: signer, format: formatDER + " (PKCS#8)"}, nil
		}
	}
	return nil, otherDER(data)
}

// otherDER says what binary data are that hold no private key in the open.
func otherDER(data []byte) error {
	var encrypted struct {
		Algorithm struct {
			Algorithm  asn1.ObjectIdentifier
			Parameters asn1.RawValue `asn1:"optional"`
		}
		Data []byte
	}
	var contents struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"optional"`
	}
	if _, err := x509.ParseCertificate(data); err == nil {
		return errors.New("this is a certificate only: the private key is needed to sign")
	}
	if _, err := x509.ParsePKIXPublicKey(data); err == nil {
		return errors.New("this is a public key: the private one is needed to sign")
	}
	if _, err := x509.ParsePKCS1PublicKey(data); err == nil {
		return errors.New("this is a public key: the private one is needed to sign")
	}
	if _, err := x509.ParseECPrivateKey(data); err == nil {
		return errors.New("this is an EC key: Maskinporten takes RSA keys only; make one with openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048")
	}
	if _, err := asn1.Unmarshal(data, &encrypted); err == nil {
		return errEncrypted("private key (DER)", " -inform DER")
	}
	if _, err := asn1.Unmarshal(data, &contents); err == nil {
		return errors.New("this is PKCS#7, which holds certificates only: the private key is needed to sign, as PKCS#12 holds it")
	}
	return errors.New("this is binary (DER), but neither PKCS#12 nor a private key: openssl asn1parse -inform DER -in FILE shows what it is")
}
