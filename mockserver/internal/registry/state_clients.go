package registry

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/lenient"
)

// importClient puts a client through the rules of a new one, save that nobody
// need have access to its scopes: what became of them after they were put on
// the client is no matter.
func (r *Registry) importClient(given ClientState, notes *lenient.Notes) error {
	c := given.Client
	if _, twice := r.clients.get(c.ClientID); twice {
		return invalid("Client", "client_id", "%s is there twice", quoteShort(c.ClientID))
	}
	if c.ClientID == "" {
		return invalid("Client", "client_id", "client_id is required")
	}
	if _, err := r.newClientID(c.ClientID, notes); err != nil {
		return err
	}
	if err := importOwners(&c); err != nil {
		return err
	}
	c.IntegrationType = cmp.Or(c.IntegrationType, Maskinporten)
	if err := fillClient(&c, inputOf(given.Client), r.config.Production, notes); err != nil {
		return err
	}
	for _, scope := range c.Scopes {
		if _, ok := r.currentScope(scope); !ok {
			return invalid("Client", "scopes", "%s is not among the scopes", quoteShort(scope))
		}
	}
	r.date(&c.Created, &c.LastUpdated)
	for _, part := range []func(*Client, ClientState, *lenient.Notes) error{r.importSecret, r.importKeys, r.importOnBehalfOf} {
		if err := part(&c, given, notes); err != nil {
			return err
		}
	}
	r.insertClient(&c)
	return nil
}

func importOwners(c *Client) error {
	if err := checkOrgNo("Client", "client_orgno", c.ClientOrgNo); err != nil {
		return err
	}
	if c.SupplierOrgNo == "" {
		return nil
	}
	return checkOrgNo("Client", "supplier_orgno", c.SupplierOrgNo)
}

// inputOf is what somebody would send for such a client. A zero lifetime was
// left out.
func inputOf(c Client) *ClientInput {
	lifetime := func(seconds int) *int {
		if seconds == 0 {
			return nil
		}
		return &seconds
	}
	return &ClientInput{
		ClientFields: c.ClientFields, Active: &c.Active, AccessTokenLifetime: lifetime(c.AccessTokenLifetime),
		RefreshTokenLifetime: lifetime(c.RefreshTokenLifetime), AuthorizationLifetime: lifetime(c.AuthorizationLifetime),
	}
}

func (r *Registry) importSecret(c *Client, given ClientState, notes *lenient.Notes) error {
	switch {
	case given.SecretDigest == "" && given.SecretExpires.IsZero():
		dropSecret(c)
		return nil
	case !isDigest(given.SecretDigest):
		return invalid("Client", "secret_digest", "it is no SHA-256 in lower-case hex")
	case !hasSecret(c):
		refusal := invalid("Client", "secret_digest", "a client that authenticates with %s has no secret", c.TokenEndpointAuthMethod)
		if err := notes.Assumed(refusal); err != nil {
			return err
		}
	}
	c.secretDigest, c.secretExpires = given.SecretDigest, given.SecretExpires.UTC().Truncate(time.Millisecond)
	if given.SecretExpires.IsZero() {
		c.secretExpires = r.now().Add(secretLifetime)
	}
	return nil
}

// importKeys takes expired keys too.
func (r *Registry) importKeys(c *Client, given ClientState, notes *lenient.Notes) error {
	c.JWKS = nil
	if given.JWKS == nil || len(given.JWKS.Keys) == 0 {
		return nil
	}
	if len(given.JWKS.Keys) > maxKeys {
		return invalid("Client", "jwks.keys", "a client has %d keys at most", maxKeys)
	}
	keys := make([]Key, 0, len(given.JWKS.Keys))
	for i, key := range given.JWKS.Keys {
		place := fmt.Sprintf("jwks.keys[%d]", i)
		if slices.ContainsFunc(keys, named(key.Kid)) {
			return invalid("Client", place+".kid", "%s is there twice", quoteShort(key.Kid))
		}
		if err := r.fillKey(&key, notes); err != nil {
			return atPlace(place, err)
		}
		keys = append(keys, key)
	}
	c.JWKS = &KeySet{Keys: keys}
	return nil
}

// fillKey checks a key, and fills in what a pasted JWK may lack.
func (r *Registry) fillKey(k *Key, notes *lenient.Notes) error {
	k.Use = cmp.Or(k.Use, "sig")
	k.Alg = cmp.Or(k.Alg, keyAlgorithms[0])
	fresh := k.LastUpdated.IsZero()
	in := KeyInput{Kty: k.Kty, Kid: k.Kid, Use: k.Use, Alg: k.Alg, N: k.N, E: k.E, X5c: k.X5c}
	r.date(&k.Created, &k.LastUpdated)
	made, err := in.key(k.LastUpdated, notes)
	if err != nil {
		return err
	}
	switch {
	case k.Exp == 0 || fresh && k.Exp > made.Exp:
		k.Exp = made.Exp
	case k.Exp < 0 || k.Exp > made.Exp:
		return invalidKey("exp", "a key lives a year at most from its last posting, which is last_updated")
	}
	k.X5c = made.X5c
	return nil
}

func (r *Registry) importOnBehalfOf(c *Client, given ClientState, notes *lenient.Notes) error {
	c.OnBehalfOf = nil
	for i, o := range given.OnBehalfOf {
		place := fmt.Sprintf("onbehalfof[%d]", i)
		in := OnBehalfOfInput(o.OnBehalfOfFields)
		if err := in.check(c, notes); err != nil {
			return atPlace(place, err)
		}
		if _, err := findOnBehalfOf(c, o.OnBehalfOf); err == nil {
			return invalid("OnBehalfOf", place+".onbehalfof", "%s is there twice", o.OnBehalfOf)
		}
		r.date(&o.Created, &o.LastUpdated)
		c.OnBehalfOf = append(c.OnBehalfOf, o)
	}
	return nil
}
