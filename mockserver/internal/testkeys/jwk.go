package testkeys

import (
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
)

// privateParams are those of a private key as RFC 7518 section 6.3.2 writes
// them.
type privateParams struct {
	Alg string `json:"alg"`
	N   string `json:"n"`
	E   string `json:"e"`
	D   string `json:"d"`
	P   string `json:"p"`
	Q   string `json:"q"`
	DP  string `json:"dp"`
	DQ  string `json:"dq"`
	QI  string `json:"qi"`
}

// pkcs1 is a private key as RFC 8017 appendix A.1.2 writes it.
type pkcs1 struct {
	Version             int
	N                   *big.Int
	E                   int
	D, P, Q, DP, DQ, QI *big.Int
}

// transcribe writes the parameters of a key of the file as a JSON object. Its
// numbers are only copied: parsing the key would check and prepare it for
// signing, and takes fifty times as long.
func transcribe(n, text string) ([]byte, error) {
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("testkeys: %w", err)
	}
	var key pkcs1
	if _, err := asn1.Unmarshal(der, &key); err != nil {
		return nil, fmt.Errorf("testkeys: %w", err)
	}
	write := func(number *big.Int) string { return base64.RawURLEncoding.EncodeToString(number.Bytes()) }
	return json.Marshal(privateParams{
		Alg: "RS256", N: n, E: exponent,
		D: write(key.D), P: write(key.P), Q: write(key.Q), DP: write(key.DP), DQ: write(key.DQ), QI: write(key.QI),
	})
}

// PrivateJWK returns the key with this number as a private JSON Web Key for
// RS256 signatures, named kid, without parsing it.
func PrivateJWK(number int, kid string) ([]byte, error) {
	e, err := find(number)
	if err != nil {
		return nil, err
	}
	params, err := e.transcribe()
	if err != nil {
		return nil, err
	}
	name, err := json.Marshal(kid)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, `{"use":"sig","kty":"RSA","kid":%s,%s`, name, params[1:]), nil
}
