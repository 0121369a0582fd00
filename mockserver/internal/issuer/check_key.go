package issuer

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// keyLifetime is how long a key is taken after it was posted.
const keyLifetime = 365 * 24 * time.Hour

// checkKey finds the key that the grant has to be signed with: a client with
// registered keys must name one, a client without must show a business
// certificate of its organisation.
func (t *tokenRequest) checkKey() error {
	switch {
	case t.client.JWKS != nil && len(t.client.JWKS.Keys) > 0:
		return t.checkRegisteredKey(t.client.JWKS.Keys)
	case t.grant.hasKid: // also beside an x5c
		return refuse(unknownKid, "the client has no keys, the kid is "+quote(t.grant.kid))
	}
	return t.checkCertificate()
}

func (t *tokenRequest) checkRegisteredKey(keys []registry.Key) error {
	if !t.grant.hasKid {
		return refuse(kidRequired, "the header has no kid")
	}
	for i := range keys {
		if keys[i].Kid == t.grant.kid {
			return t.useKey(&keys[i])
		}
	}
	return refuse(unknownKid, "the client has no key "+quote(t.grant.kid))
}

func (t *tokenRequest) useKey(key *registry.Key) error {
	if expired(key, t.now) {
		return refuse(expiredKey, "the key "+quote(key.Kid)+" has expired")
	}
	if key.Alg != t.grant.algorithm {
		if err := t.notes.Assumed(refuse(invalidSignature, "the key is for "+key.Alg+", the alg is "+t.grant.algorithm)); err != nil {
			return err
		}
	}
	public, err := publicKey(key)
	if err != nil {
		return refuse(invalidSignature, "the registered key cannot be read")
	}
	t.publicKey, t.method = public, methodKey
	return nil
}

// expired reports whether a key has passed its exp, or the year after it was
// posted.
func expired(key *registry.Key, now time.Time) bool {
	if key.Exp != 0 && now.Unix() >= key.Exp {
		return true
	}
	posted := key.Created
	if key.LastUpdated.After(posted) {
		posted = key.LastUpdated
	}
	return !posted.IsZero() && !now.Before(posted.Add(keyLifetime))
}

// publicKey reads the parameters of RFC 7518 section 6.3.1. It costs about a
// microsecond: not worth a cache.
func publicKey(key *registry.Key) (*rsa.PublicKey, error) {
	n, err := base64.RawURLEncoding.DecodeString(key.N)
	if err != nil {
		return nil, err
	}
	e, err := base64.RawURLEncoding.DecodeString(key.E)
	if err != nil {
		return nil, err
	}
	exponent := new(big.Int).SetBytes(e)
	if !exponent.IsInt64() || exponent.Int64() > 1<<31-1 {
		return nil, errors.New("the exponent is out of range")
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent.Int64())}, nil
}

// checkCertificate checks the header x5c: its form, its chain, and whose it
// is.
func (t *tokenRequest) checkCertificate() error {
	chain, err := parseX5C(t.grant.x5c)
	if err != nil {
		return refuse(invalidX5C, err.Error())
	}
	if len(chain) == 1 && t.in.Has(variants.X5cChain) {
		return refuse(invalidCertificate, "x5c holds the leaf alone")
	}
	holder, err := t.config.PKI.Verify(chain, t.now, t.config.Production)
	switch {
	case errors.Is(err, pki.ErrUnreadable):
		return refuse(invalidX5C, err.Error())
	case errors.Is(err, pki.ErrInvalid):
		return refuse(invalidCertificate, err.Error())
	case err != nil:
		return err
	case holder.OrgNo != t.client.ClientOrgNo && holder.OrgNo != t.client.SupplierOrgNo:
		return refuse(wrongCertificateOrgNo, "the certificate is that of "+holder.OrgNo)
	}
	t.publicKey, t.method = holder.PublicKey, methodCertificate
	return nil
}

// parseX5C reads the array of RFC 7515 section 4.1.6: base64, not base64url.
func parseX5C(raw json.RawMessage) ([][]byte, error) {
	if raw == nil {
		return nil, errors.New("the client has no keys, and the header no x5c")
	}
	var texts []string
	if raw[0] != '[' || json.Unmarshal(raw, &texts) != nil {
		return nil, errors.New("x5c is no array of strings")
	}
	chain := make([][]byte, len(texts))
	for i, text := range texts {
		der, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, errors.New("x5c is not base64")
		}
		chain[i] = der
	}
	return chain, nil
}
