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

// The values of client_amr.
const (
	methodKey         = "private_key_jwt"
	methodCertificate = "virksomhetssertifikat"
)

// keyLifetime is how long a key is taken after it was posted.
const keyLifetime = 365 * 24 * time.Hour

// checkKey finds the key that the grant has to be signed with: a client with
// registered keys must name one, a client without must show a business
// certificate of its organisation.
func (e *exchange) checkKey() error {
	switch {
	case e.client.JWKS != nil && len(e.client.JWKS.Keys) > 0:
		return e.checkRegisteredKey(e.client.JWKS.Keys)
	case e.grant.hasKid: // also beside an x5c
		return refuse(unknownKid, "the client has no keys, the kid is "+quote(e.grant.kid))
	}
	return e.checkCertificate()
}

func (e *exchange) checkRegisteredKey(keys []registry.Key) error {
	if !e.grant.hasKid {
		return refuse(kidRequired, "the header has no kid")
	}
	for i := range keys {
		if keys[i].Kid == e.grant.kid {
			return e.useKey(&keys[i])
		}
	}
	return refuse(unknownKid, "the client has no key "+quote(e.grant.kid))
}

func (e *exchange) useKey(key *registry.Key) error {
	if expired(key, e.now) {
		return refuse(expiredKey, "the key "+quote(key.Kid)+" has expired")
	}
	if key.Alg != e.grant.algorithm {
		if err := e.notes.Assumed(refuse(invalidSignature, "the key is for "+key.Alg+", the alg is "+e.grant.algorithm)); err != nil {
			return err
		}
	}
	public, err := publicKey(key)
	if err != nil {
		return refuse(invalidSignature, "the registered key cannot be read")
	}
	e.publicKey, e.method = public, methodKey
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
func (e *exchange) checkCertificate() error {
	chain, err := parseX5C(e.grant.x5c)
	if err != nil {
		return refuse(invalidX5C, err.Error())
	}
	if len(chain) == 1 && e.in.Has(variants.X5cChain) {
		return refuse(invalidCertificate, "x5c holds the leaf alone")
	}
	holder, err := e.config.PKI.Verify(chain, e.now, e.config.Production)
	switch {
	case errors.Is(err, pki.ErrUnreadable):
		return refuse(invalidX5C, err.Error())
	case errors.Is(err, pki.ErrInvalid):
		return refuse(invalidCertificate, err.Error())
	case err != nil:
		return err
	case holder.OrgNo != e.client.ClientOrgNo && holder.OrgNo != e.client.SupplierOrgNo:
		return refuse(wrongCertificateOrgNo, "the certificate is that of "+holder.OrgNo)
	}
	e.publicKey, e.method = holder.PublicKey, methodCertificate
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
