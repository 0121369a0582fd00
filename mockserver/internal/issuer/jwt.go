package issuer

import (
	"crypto"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"hash"
	"strings"

	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

// jwt is a signed JWT in compact form (RFC 7515 section 7.1), taken apart but
// not verified.
type jwt struct {
	signed          string // what the signature covers
	signature       []byte // nil: not even base64url
	header, payload []byte
	claims          strictjson.Object

	algorithm string
	kid       string
	hasKid    bool
	x5c       json.RawMessage // as it came; nil: none
}

var (
	errParts     = errors.New("a JWT has three parts")
	errBase64    = errors.New("a part of the JWT is not base64url")
	errHeader    = errors.New("the JWT's header is malformed")
	errAlgorithm = errors.New("the JWT's alg is not RS256, RS384 or RS512")
	errCritical  = errors.New("the JWT's header has critical extensions")
)

func parseJWT(compact string) (jwt, error) {
	parts := strings.SplitN(compact, ".", 4)
	if len(parts) != 3 {
		return jwt{}, errParts
	}
	j := jwt{signed: compact[:len(parts[0])+1+len(parts[1])]}
	var err error
	if j.header, err = decodeBase64(parts[0]); err != nil {
		return jwt{}, err
	}
	if j.payload, err = decodeBase64(parts[1]); err != nil {
		return jwt{}, err
	}
	if j.signature, err = decodeBase64(parts[2]); err != nil {
		j.signature = nil // wrong like any other that doesn't fit
	}
	if err := j.readHeader(); err != nil {
		return jwt{}, err
	}
	if j.claims, err = strictjson.Parse(j.payload, strictjson.Bounds{}); err != nil {
		return jwt{}, errors.New("the JWT's claims are malformed: " + err.Error())
	}
	return j, nil
}

// decodeBase64 is strict: the library's own would skip line breaks.
func decodeBase64(part string) ([]byte, error) {
	if strings.ContainsAny(part, "\r\n") {
		return nil, errBase64
	}
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil {
		return nil, errBase64
	}
	return decoded, nil
}

// readHeader reads what names the key. Keys and addresses of keys that the
// JWT brings along (jwk, jku, x5u) mean nothing: trust comes from the
// registry.
func (j *jwt) readHeader() error {
	header, err := strictjson.Parse(j.header, strictjson.Bounds{})
	if err != nil {
		return errHeader
	}
	if j.algorithm, err = text(header.Get("alg")); err != nil {
		return errHeader
	}
	if _, ok := hashes[j.algorithm]; !ok {
		return errAlgorithm
	}
	if header.Has("crit") {
		return errCritical // RFC 7515 section 4.1.11: what isn't understood is refused
	}
	if j.kid, err = text(header.Get("kid")); err != nil {
		return errHeader
	}
	j.hasKid = header.Has("kid")
	j.x5c = header.Get("x5c")
	return nil
}

// hashes are those of the algorithms that a grant may be signed with.
var hashes = map[string]struct {
	id   crypto.Hash
	make func() hash.Hash
}{
	"RS256": {crypto.SHA256, sha256.New},
	"RS384": {crypto.SHA384, sha512.New384},
	"RS512": {crypto.SHA512, sha512.New},
}
