package issuer

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// signer makes JWTs in compact form (RFC 7515 section 7.1), all with the same
// header, which is encoded once. A library would put it together for each.
type signer struct {
	key    *rsa.PrivateKey
	header string // with the dot after it
}

// newSigner signs with a test key, named kid.
func newSigner(number int, kid string) (*signer, error) {
	key, err := testkeys.RSA(number)
	if err != nil {
		return nil, err
	}
	header, err := json.Marshal(struct {
		Kid string `json:"kid"`
		Alg string `json:"alg"`
	}{kid, algorithmOfTokens})
	return &signer{key: key, header: base64.RawURLEncoding.EncodeToString(header) + "."}, err
}

// sign makes a JWT of claims.
func (s *signer) sign(claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	encoding := base64.RawURLEncoding
	token := make([]byte, 0, len(s.header)+encoding.EncodedLen(len(payload))+1+encoding.EncodedLen(s.key.Size()))
	token = encoding.AppendEncode(append(token, s.header...), payload)
	digest := sha256.Sum256(token)
	signature, err := rsa.SignPKCS1v15(nil, s.key, crypto.SHA256, digest[:])
	if err != nil {
		return "", err
	}
	return string(encoding.AppendEncode(append(token, '.'), signature)), nil
}
