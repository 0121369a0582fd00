package keyfile

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// FromPEM reads a private key in PKCS#1 or PKCS#8 form, and the certificates
// beside it.
func FromPEM(data []byte) (*Key, error) {
	return exactly(data, kindPEM, "PEM", readPEM)
}

// readPEM passes over what isn't needed, such as parameters, requests and
// certificates that can't be read, as long as there is a private key.
func readPEM(data []byte) (*Key, error) {
	data = trimLines(data)
	key, found, blocks := &Key{}, "", 0
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case isCertificate(block):
			key.addCertificate(oneValue(block.Bytes))
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			signer, err := privateBlock(block)
			if err != nil {
				return nil, err
			}
			if key.Signer != nil && !samePrivate(key.Signer, signer) {
				return nil, errors.New("this is PEM with several private keys: keep one")
			}
			key.Signer, key.format = signer, "PEM (PKCS#8)"
			if block.Type == "RSA PRIVATE KEY" {
				key.format = "PEM (PKCS#1)"
			}
		}
		if found == "" || found == "CERTIFICATE" {
			found = block.Type
		}
		blocks++
	}
	if key.Signer == nil {
		return nil, withoutPrivateKey(string(data), found)
	}
	if blocks < bytes.Count(data, []byte("-----BEGIN ")) {
		return nil, errors.New("this is PEM with a block that is damaged: one of its certificates is cut off, or not base64")
	}
	return key, nil
}

// isCertificate reports whether a block is one, under whatever title. Behind an
// OpenSSL TRUSTED CERTIFICATE stands what it is trusted for.
func isCertificate(block *pem.Block) bool { return strings.HasSuffix(block.Type, "CERTIFICATE") }

func samePrivate(one, two crypto.Signer) bool { return sameKey(one.Public(), two.Public()) }

// trimLines takes indentation and trailing blanks off each line, as YAML and
// editors leave them: PEM's lines begin at the margin.
func trimLines(data []byte) []byte {
	lines := bytes.Split(bytes.ReplaceAll(data, []byte("\r"), []byte("\n")), []byte("\n"))
	for i, line := range lines {
		lines[i] = bytes.TrimFunc(line, invisible)
	}
	return append(bytes.Join(lines, []byte("\n")), '\n')
}

func privateBlock(block *pem.Block) (crypto.Signer, error) {
	if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
		return nil, errEncrypted("PEM key", "")
	}
	switch block.Type {
	case "RSA PRIVATE KEY":
		return pkcs1(block.Bytes)
	case "PRIVATE KEY":
		return pkcs8(block.Bytes)
	case "OPENSSH PRIVATE KEY":
		return nil, errors.New("this is a private key in OpenSSH's own form: make it PEM with ssh-keygen -p -m PEM -f FILE")
	}
	return nil, fmt.Errorf("this is a PEM key of type %.40q: Maskinporten takes RSA keys only; make one with openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048", block.Type)
}

func pkcs1(der []byte) (crypto.Signer, error) {
	key, err := x509.ParsePKCS1PrivateKey(der)
	if err != nil {
		return nil, errors.New("this is PEM whose RSA PRIVATE KEY cannot be read as PKCS#1: it is damaged")
	}
	return key, nil
}

func pkcs8(der []byte) (crypto.Signer, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("this is PEM whose PRIVATE KEY cannot be read as PKCS#8: it is damaged, or no RSA key")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("is %T, which cannot sign: Maskinporten takes RSA keys only", key)
	}
	return signer, nil
}

// withoutPrivateKey says why no private key was found, given the type of the
// block that was.
func withoutPrivateKey(text, found string) error {
	if found == "" || strings.Contains(text, "PRIVATE KEY-----") {
		return broken(text)
	}
	switch {
	case strings.Contains(found, "PUBLIC KEY"):
		return errors.New("this is a public key: the private one is needed to sign")
	case strings.Contains(found, "CERTIFICATE REQUEST"):
		return errors.New("this is a request for a certificate: the private key that it was made with is needed to sign")
	case strings.Contains(found, "CERTIFICATE"):
		return errors.New("this is PEM with a certificate only: the private key is needed to sign")
	}
	return fmt.Errorf("this is PEM of type %.40q: PRIVATE KEY or RSA PRIVATE KEY is needed", found)
}

// broken says what is wrong with PEM, straightened, that has no whole block.
func broken(text string) error {
	_, after, _ := strings.Cut(text, "-----BEGIN ")
	header, after, closed := strings.Cut(after, "-----")
	line, _, _ := strings.Cut(after, "\n")
	if !closed || strings.Contains(header, "\n") {
		return errors.New("this is PEM with a damaged first line: it must be -----BEGIN PRIVATE KEY-----, with five hyphens before and after")
	}
	if line != "" {
		return errors.New("this is PEM, and the line breaks are lost: keep them, write \\n for each, or give base64 of the file")
	}
	if strings.TrimSpace(after) == "" {
		return errors.New("this is the first line of PEM only: the rest was cut off at the line break; write \\n for each, or give base64 of the file")
	}
	if !strings.Contains(after, "-----END ") {
		return errors.New("this is PEM that is cut off: its last line, -----END …-----, is missing")
	}
	return errors.New("this is PEM that is damaged: what stands between BEGIN and END is not base64")
}
