// Package jwt takes signed JWTs in compact form (RFC 7515 section 7.1) apart,
// more strictly than general libraries have to: what two readers could
// understand differently is refused. It verifies nothing.
package jwt

import (
	"encoding/base64"
	"errors"
	"strings"
)

// What is wrong with the form of a token.
var (
	ErrParts     = errors.New("a signed JWT has three parts")
	ErrEncrypted = errors.New("it is an encrypted JWT, which has five parts")
	ErrBase64    = errors.New("a part is not base64url without padding")
)

// Parts are the parts of a token, decoded.
type Parts struct {
	// Signed is what the signature covers: the first two parts as they came.
	Signed []byte
	// Header and Payload are still to be parsed. Signature may be empty.
	Header, Payload, Signature []byte
}

// Split decodes the three parts of a compact JWT. Only canonical base64url is
// taken, so that nobody can change a token's text and keep its meaning.
func Split(compact string) (Parts, error) {
	first := strings.IndexByte(compact, '.')
	last := strings.LastIndexByte(compact, '.')
	switch strings.Count(compact, ".") {
	case 2:
	case 4:
		return Parts{}, ErrEncrypted
	default:
		return Parts{}, ErrParts
	}
	if strings.ContainsAny(compact, "\r\n") { // the decoder would skip them
		return Parts{}, ErrBase64
	}
	text := []byte(compact)
	buffer := make([]byte, base64.RawURLEncoding.DecodedLen(len(text))+2)
	var p Parts
	for _, part := range []struct {
		into *[]byte
		text []byte
	}{{&p.Header, text[:first]}, {&p.Payload, text[first+1 : last]}, {&p.Signature, text[last+1:]}} {
		n, err := base64.RawURLEncoding.Strict().Decode(buffer, part.text)
		if err != nil {
			return Parts{}, ErrBase64
		}
		*part.into, buffer = buffer[:n:n], buffer[n:]
	}
	p.Signed = text[:last]
	return p, nil
}
