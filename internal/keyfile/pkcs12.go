package keyfile

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// FromPKCS12 reads a private key with its certificates (.p12, .pfx).
func FromPKCS12(data []byte, options Options) (*Key, error) {
	return exactly(data, kindDER, "PKCS#12", func(data []byte) (*Key, error) {
		key, err := readDER(data, options)
		if err == nil && !isPFX(data) {
			return nil, errors.New("this is a private key in binary (DER), not PKCS#12: use LoadKey, which takes either")
		}
		return key, err
	})
}

func readPKCS12(data []byte, options Options) (*Key, error) {
	if data[1] == 0x80 {
		return nil, errors.New("this is PKCS#12 in an old encoding (BER): write it anew with openssl pkcs12 -in FILE -nodes -out key.pem, and give that")
	}
	data = oneValue(data)
	if tooManyRounds(data) {
		return nil, fmt.Errorf("asks for more than %d rounds of key derivation: that is no PKCS#12 file to trust", maxRounds)
	}
	key, err := decode(data, options)
	if trimmed := strings.TrimRight(options.Password, "\r\n"); errors.Is(err, pkcs12.ErrIncorrectPassword) && trimmed != options.Password {
		options.Password = trimmed // a password from a file brings the end of its line along
		key, err = decode(data, options)
	}
	if errors.Is(err, pkcs12.ErrIncorrectPassword) && options.Password == "" {
		return nil, errors.New("this is PKCS#12, and it needs a password")
	}
	if errors.Is(err, pkcs12.ErrIncorrectPassword) {
		return nil, errors.New("this is PKCS#12, and the password is wrong")
	}
	return key, err
}

// decode reads the usual file, with one key; and, where there are several, or
// no certificate, by a slower way that knows less.
func decode(data []byte, options Options) (*Key, error) {
	private, leaf, others, err := pkcs12.DecodeChain(data, options.Password)
	if err == nil {
		signer, ok := private.(crypto.Signer)
		if !ok {
			return nil, fmt.Errorf("is %T, which cannot sign: Maskinporten takes RSA keys only", private)
		}
		return &Key{Signer: signer, Certificates: append([]*x509.Certificate{leaf}, others...), format: formatPKCS12}, nil
	}
	switch text := strings.TrimPrefix(err.Error(), "pkcs12: "); {
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return nil, err
	case strings.Contains(text, "no MAC"):
		return nil, errors.New("this is PKCS#12 without a checksum (MAC), but with a password: write it anew with openssl pkcs12 -in FILE -nodes -out key.pem, and give that")
	case strings.Contains(text, "private key missing"):
		return nil, errors.New("this is PKCS#12 without a private key, such as a store of trusted certificates: the private key is needed to sign")
	case strings.Contains(text, "one key bag"), strings.Contains(text, "certificate missing"):
		return keyNamed(data, options)
	default:
		return nil, fmt.Errorf("cannot be read as PKCS#12 with one key and its certificate (%.120s): write it anew with openssl pkcs12 -in FILE -nodes -out key.pem, and give that", text)
	}
}

// keyNamed picks the key with a friendly name, as Java's stores have them.
func keyNamed(data []byte, options Options) (*Key, error) {
	blocks, err := pkcs12.ToPEM(data, options.Password) //nolint:staticcheck // the only way to several keys
	if err != nil {
		return nil, errors.New("this is PKCS#12 with several keys, or with none that has a certificate: keep one with openssl pkcs12 -in FILE -nodes -out key.pem, and give that")
	}
	key, names := &Key{format: formatPKCS12}, []string(nil)
	for _, block := range blocks {
		name := block.Headers["friendlyName"]
		switch block.Type {
		case "CERTIFICATE":
			key.addCertificate(block.Bytes)
		case "PRIVATE KEY":
			names = append(names, name)
			if options.Name == "" || strings.EqualFold(name, options.Name) { // Java's aliases ignore case
				key.Signer = signerOf(block)
			}
		}
	}
	if options.Name == "" && len(names) > 1 {
		return nil, fmt.Errorf("this is PKCS#12 with several keys: name one (KeyOptions.Name), of %s", list(names))
	}
	if key.Signer == nil {
		return nil, fmt.Errorf("this is PKCS#12 without an RSA key of that name; it has %s", list(names))
	}
	return key, nil
}

// signerOf reads a key as ToPEM writes it, in PKCS#1 whatever the title says.
func signerOf(block *pem.Block) crypto.Signer {
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key
	}
	if key, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return key
	}
	return nil
}
