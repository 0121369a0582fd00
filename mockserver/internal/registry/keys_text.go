package registry

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
)

// parseKeyText reads a public key given as text: a JWK, or PEM with a public
// key or with a certificate, which may be followed by its chain. Whose
// certificate it is isn't looked at; self-signed ones will do.
func parseKeyText(text []byte) KeyInput {
	text = bytes.TrimSpace(text)
	if bytes.HasPrefix(text, []byte("{")) {
		return parseJWK(text)
	}
	if bytes.Contains(text, []byte("PRIVATE KEY-----")) {
		return KeyInput{private: true}
	}
	public, chain, err := readPEM(text)
	if err != nil {
		return KeyInput{problem: err}
	}
	return KeyInput{
		Kty: "RSA", Use: "sig", Alg: keyAlgorithms[0],
		N:   base64.RawURLEncoding.EncodeToString(public.N.Bytes()),
		E:   base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes()),
		X5c: chain,
	}
}

// parseJWK reads a JWK. A whole set won't do, but private keys in it are
// recognised.
func parseJWK(text []byte) KeyInput {
	var in KeyInput
	var set struct {
		Keys []KeyInput `json:"keys"`
	}
	if json.Unmarshal(text, &in) != nil {
		in.problem = invalidKey("", "The key is not valid JSON")
	}
	_ = json.Unmarshal(text, &set) // mostly it is no set
	in.private = in.private || slices.ContainsFunc(set.Keys, func(k KeyInput) bool { return k.private })
	return in
}

// readPEM returns the public key and, if it came in a certificate, the chain.
func readPEM(text []byte) (*rsa.PublicKey, []string, error) {
	var public any
	var chain []string
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if public != nil && (chain == nil || block.Type != "CERTIFICATE") {
			return nil, nil, invalidKey("", "The text holds more than one key")
		}
		key, err := readBlock(block)
		if err != nil {
			return nil, nil, invalidKey("", "The %s cannot be read", strings.ToLower(block.Type))
		}
		if public == nil {
			public = key
		}
		if block.Type == "CERTIFICATE" {
			chain = append(chain, base64.StdEncoding.EncodeToString(block.Bytes))
		}
	}
	switch key := public.(type) {
	case *rsa.PublicKey:
		return key, chain, nil
	case nil:
		return nil, nil, invalidKey("", "The text is neither a PEM certificate, nor a PEM public key, nor a JWK")
	default:
		return nil, nil, invalidKey("kty", "The key is not an RSA key")
	}
}

// readBlock reads the public key of one PEM block, which it tells by its
// name.
func readBlock(block *pem.Block) (any, error) {
	switch block.Type {
	case "CERTIFICATE":
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		return certificate.PublicKey, nil
	case "RSA PUBLIC KEY":
		return x509.ParsePKCS1PublicKey(block.Bytes)
	default:
		return x509.ParsePKIXPublicKey(block.Bytes)
	}
}
