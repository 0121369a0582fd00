package verify

import (
	"crypto"
	"errors"
	"strings"

	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

// maxKeyName is longer than any real kid.
const maxKeyName = 256

// header is what a token's header says of its signature.
type header struct {
	algorithm string
	hash      crypto.Hash
	keyName   string
}

// foreign are names by which a header offers a key of the sender's own choice,
// or asks for another way of reading. Real tokens have none, so that one that
// has is an attempt.
var foreign = []struct {
	name   string
	reason Reason
}{
	{"jwk", ReasonHeaderKey},
	{"jku", ReasonHeaderKeyURL},
	{"x5c", ReasonHeaderCertificate},
	{"x5u", ReasonHeaderCertificateURL},
	{"crit", ReasonCritical},
	{"b64", ReasonUnencoded},
	{"zip", ReasonCompressed},
	{"enc", ReasonEncrypted},
}

func readHeader(data []byte) (header, error) {
	o, err := strictjson.Parse(data, tokenBounds)
	if errors.Is(err, strictjson.ErrDuplicate) {
		return header{}, refuse(ReasonHeaderDuplicate)
	}
	if err != nil {
		return header{}, refuse(ReasonHeader)
	}
	var h header
	if h.algorithm, h.hash, err = readAlgorithm(o.Get("alg")); err != nil {
		return header{}, err
	}
	for _, member := range foreign {
		if o.Has(member.name) {
			return header{}, refuse(member.reason)
		}
	}
	if err := checkType(o); err != nil {
		return header{}, err
	}
	h.keyName, err = readKeyName(o)
	return h, err
}

// readAlgorithm takes three algorithms to the letter. The names returned are
// constants, which costs no allocation.
func readAlgorithm(raw []byte) (string, crypto.Hash, error) {
	switch string(raw) {
	case `"RS256"`:
		return "RS256", crypto.SHA256, nil
	case `"RS384"`:
		return "RS384", crypto.SHA384, nil
	case `"RS512"`:
		return "RS512", crypto.SHA512, nil
	}
	name, err := strictjson.Text(raw)
	if err != nil || name == "" {
		return "", 0, refuse(ReasonAlgorithmMissing)
	}
	if strings.EqualFold(name, "none") {
		return "", 0, refuse(ReasonAlgorithmNone)
	}
	if strings.HasPrefix(strings.ToUpper(name), "HS") {
		return "", 0, refuse(ReasonAlgorithmSymmetric)
	}
	return "", 0, refuse(ReasonAlgorithm)
}

func checkType(o strictjson.Object) error {
	if raw := o.Get("typ"); raw != nil {
		typ, err := strictjson.Text(raw)
		// Media types have no case, and may leave out application/ (RFC 7515 section 4.1.9).
		typ = strings.TrimPrefix(strings.ToLower(typ), "application/")
		if err != nil || typ != "jwt" && typ != "at+jwt" {
			return refuse(ReasonType)
		}
	}
	if o.Has("cty") {
		return refuse(ReasonNested)
	}
	return nil
}

func readKeyName(o strictjson.Object) (string, error) {
	raw := o.Get("kid")
	if raw == nil {
		return "", refuse(ReasonKeyNameMissing)
	}
	name, err := strictjson.Text(raw)
	if err != nil || name == "" || len(name) > maxKeyName {
		return "", refuse(ReasonKeyName)
	}
	return name, nil
}
