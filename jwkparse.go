package maskinporten

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/maskinporten-go/maskinporten/internal/keyfile"
)

// ParseJSONWebKey reads a public key: a JWK, a PEM public key, or a PEM
// certificate with its chain, in any order. The certificate is that of the
// public key beside it, else the one that certifies no other. What is missing
// is filled in: use sig, alg RS256, and the thumbprint as kid. A certificate's
// chain and its last day come along as x5c and exp.
//
// Private keys are refused, also when a public key or a certificate stands
// beside them: only public material leaves the program.
func ParseJSONWebKey(text []byte) (JSONWebKey, error) {
	text = bytes.TrimSpace(text)
	if bytes.HasPrefix(text, []byte("{")) {
		return parseJWK(text)
	}
	return parsePublicPEM(text)
}

func parseJWK(text []byte) (JSONWebKey, error) {
	var key JSONWebKey
	if err := json.Unmarshal(text, &key); err != nil {
		if errors.Is(err, ErrInvalidArgument) {
			return JSONWebKey{}, err
		}
		return JSONWebKey{}, invalidArgument("", "key", "no JWK: the JSON is broken or a member has the wrong type")
	}
	if key.Use == "" {
		key.Use = "sig"
	}
	if key.Algorithm == "" {
		key.Algorithm = string(jose.RS256)
	}
	return key.named()
}

// named returns the key with its thumbprint as kid if it has none.
func (k JSONWebKey) named() (JSONWebKey, error) {
	kid, err := k.Thumbprint()
	if err != nil {
		return JSONWebKey{}, err
	}
	if k.KeyID == "" {
		k.KeyID = kid
	}
	return k, nil
}

// parsePublicPEM reads the first public key, or all certificates.
func parsePublicPEM(text []byte) (JSONWebKey, error) {
	public, chain, err := readPublicPEM(text)
	switch {
	case err != nil:
		return JSONWebKey{}, err
	case public == nil && len(chain) == 0:
		return JSONWebKey{}, invalidArgument("", "key", "neither a JWK nor PEM with a public key or certificate")
	case public == nil:
		if chain, err = keyfile.Bundle(chain); err != nil {
			return JSONWebKey{}, invalidArgument("", "key", err.Error())
		}
		public = chain[0].PublicKey
	case len(chain) > 0:
		if chain = keyfile.Chain(chain, public); chain == nil {
			return JSONWebKey{}, invalidArgument("", "key", "none of the certificates is for the public key beside them: keep what belongs together")
		}
	}
	return newJSONWebKey(public, chain)
}

func readPublicPEM(text []byte) (public any, chain []*x509.Certificate, err error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case strings.Contains(block.Type, "PRIVATE KEY"):
			return nil, nil, invalidArgument("", "key", privateKeyProblem)
		case block.Type == "CERTIFICATE":
			certificate, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, nil, invalidArgument("", "key", fmt.Sprintf("unreadable certificate: %v", err))
			}
			chain = append(chain, certificate)
		case public == nil:
			if public, err = parsePublicBlock(block); err != nil {
				return nil, nil, err
			}
		}
	}
	return public, chain, nil
}

func parsePublicBlock(block *pem.Block) (any, error) {
	var public any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		public, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		public, err = x509.ParsePKCS1PublicKey(block.Bytes)
	default:
		return nil, invalidArgument("", "key", fmt.Sprintf("PEM block %q is no public key or certificate", block.Type))
	}
	if err != nil {
		return nil, invalidArgument("", "key", fmt.Sprintf("unreadable public key: %v", err))
	}
	return public, nil
}

// newJSONWebKey writes a public key as the service wants it, for RS256 and
// with its thumbprint as kid. With a chain, the key expires when the first
// certificate does.
func newJSONWebKey(public any, chain []*x509.Certificate) (JSONWebKey, error) {
	rsaKey, ok := public.(*rsa.PublicKey)
	if !ok {
		return JSONWebKey{}, invalidArgument("", "key", fmt.Sprintf("%T: the service takes RSA keys only", public))
	}
	data, err := json.Marshal(jose.JSONWebKey{Key: rsaKey, Use: "sig", Algorithm: string(jose.RS256)})
	if err != nil {
		return JSONWebKey{}, invalidArgument("", "key", fmt.Sprintf("unreadable: %v", err))
	}
	var key JSONWebKey
	if err := json.Unmarshal(data, &key); err != nil {
		return JSONWebKey{}, err
	}
	for _, certificate := range chain {
		key.X5C = append(key.X5C, base64.StdEncoding.EncodeToString(certificate.Raw))
	}
	if len(chain) > 0 {
		key.Exp = chain[0].NotAfter.Unix()
	}
	return key.named()
}
