package registry

import (
	"cmp"
	"slices"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/lenient"
)

// maxKeys is how many keys a client can have, expired ones included.
const maxKeys = 5

// Keys lists a client's keys.
func (r *Registry) Keys(caller Caller, id string) ([]Key, error) {
	c, err := r.Client(caller, id)
	if err != nil {
		return nil, err
	}
	return append([]Key{}, keysOf(c)...), nil
}

// Key returns one key of a client; an unknown kid is NotFound.
func (r *Registry) Key(caller Caller, id, kid string) (Key, error) {
	c, err := r.Client(caller, id)
	if err != nil {
		return Key{}, err
	}
	at, err := findKey(c, kid)
	if err != nil {
		return Key{}, err
	}
	return c.JWKS.Keys[at], nil
}

// PutKey adds a key under a kid, or puts it in the place of the one that has
// the kid; the same once more lives for another year. The input's own kid is
// the same or empty. A sixth key is a Conflict. No other key is touched.
func (r *Registry) PutKey(caller Caller, id, kid string, in KeyInput) (Key, error) {
	return change(r, func() (Key, error) {
		in.Kid = cmp.Or(in.Kid, kid)
		return r.putKey(caller, id, in, func(in *KeyInput) error {
			if in.Kid == kid {
				return nil
			}
			refusal := invalidKey("kid", "The kid %s is not that of the path, %s", quoteShort(in.Kid), quoteShort(kid))
			in.Kid = kid
			return caller.Lenient.Assumed(refusal)
		})
	})
}

// AddKeyText adds a key given as text: a PEM certificate, with or without
// its chain, a PEM public key, or a JWK. A JWK keeps its kid, and replaces the
// key that has it; without one, and for PEM, a UUID is made. A sixth key is a
// Conflict.
func (r *Registry) AddKeyText(caller Caller, id string, text []byte) (Key, error) {
	in := parseKeyText(text)
	return change(r, func() (Key, error) {
		if in.Kid == "" {
			in.Kid = r.newID()
		}
		return r.putKey(caller, id, in, func(*KeyInput) error { return nil })
	})
}

// putKey stores one key that passes check and the rules for keys.
func (r *Registry) putKey(caller Caller, id string, in KeyInput, check func(*KeyInput) error) (Key, error) {
	c, err := r.clientForKeys(caller, id, in)
	if err != nil {
		return Key{}, err
	}
	if err := check(&in); err != nil {
		return Key{}, err
	}
	key, err := in.postedOn(c, r.now(), caller.Lenient)
	if err != nil {
		return Key{}, err
	}
	keys := slices.Clone(keysOf(c))
	switch at := slices.IndexFunc(keys, named(key.Kid)); {
	case at >= 0:
		keys[at] = key
	case len(keys) >= maxKeys:
		return Key{}, conflict("JsonWebKey", "Client %s has %d keys already", id, maxKeys)
	default:
		keys = append(keys, key)
	}
	r.storeKeys(caller, c, keys)
	return key, nil
}

// ReplaceKeys gives a client exactly these keys, one to five with different
// kids. Those that it had already live for another year.
func (r *Registry) ReplaceKeys(caller Caller, id string, inputs []KeyInput) ([]Key, error) {
	return change(r, func() ([]Key, error) {
		c, err := r.clientForKeys(caller, id, inputs...)
		if err != nil {
			return nil, err
		}
		if len(inputs) == 0 || len(inputs) > maxKeys {
			return nil, invalidKey("keys", "A set holds 1 to %d keys, not %d", maxKeys, len(inputs))
		}
		now := r.now()
		var keys []Key
		for _, in := range inputs {
			key, err := in.postedOn(c, now, caller.Lenient)
			if err != nil {
				return nil, err
			}
			if slices.ContainsFunc(keys, named(key.Kid)) {
				return nil, invalidKey("kid", "The kid %s comes twice", key.Kid)
			}
			keys = append(keys, key)
		}
		r.storeKeys(caller, c, keys)
		return slices.Clone(keys), nil
	})
}

// DeleteKey removes one key, also the last; an unknown kid is NotFound.
func (r *Registry) DeleteKey(caller Caller, id, kid string) error {
	return changeOnly(r, func() error {
		c, err := r.clientFor(caller, id)
		if err != nil {
			return err
		}
		at, err := findKey(c, kid)
		if err != nil {
			return err
		}
		r.storeKeys(caller, c, slices.Delete(slices.Clone(c.JWKS.Keys), at, at+1))
		return nil
	})
}

// DeleteKeys removes all of a client's keys. A client without keys stays as
// it is.
func (r *Registry) DeleteKeys(caller Caller, id string) error {
	return changeOnly(r, func() error {
		c, err := r.clientFor(caller, id)
		if err == nil && c.JWKS != nil {
			r.storeKeys(caller, c, nil)
		}
		return err
	})
}

// clientForKeys returns the client that keys are posted on, and refuses
// private ones before anything else is looked at. That is the one refusal
// which emits an event: such a key is no secret any more.
func (r *Registry) clientForKeys(caller Caller, id string, inputs ...KeyInput) (*Client, error) {
	c, err := r.clientFor(caller, id)
	if err != nil {
		return nil, err
	}
	for _, in := range inputs {
		if in.private {
			e := clientEvent(PrivateKeyPosted, c).by(caller)
			e.Kid = loggable(in.Kid)
			r.emit(e)
			return nil, &Error{
				Kind: Invalid, Object: "JsonWebKey", Code: CodePrivateKey,
				Message: "The key is private; only public keys are taken, and this one must not be used any more",
			}
		}
	}
	return c, nil
}

// loggable leaves out what is no kid, and might be anything.
func loggable(kid string) string {
	if isID(kid) {
		return kid
	}
	return ""
}

// postedOn makes the key that is stored. One that the client has already is
// renewed, also when it comes with the end that it was given for want of
// another, as after a GET.
func (in KeyInput) postedOn(c *Client, now time.Time, notes *lenient.Notes) (Key, error) {
	at := slices.IndexFunc(keysOf(c), named(in.Kid))
	if at < 0 {
		return in.key(now, notes)
	}
	old := c.JWKS.Keys[at]
	if in.Exp != nil && *in.Exp == old.Exp && old.Exp == old.LastUpdated.Add(keyLifetime).Unix() {
		in.Exp = nil
	}
	key, err := in.key(now, notes)
	if sameKey(key, old) {
		key.Created = old.Created
	}
	return key, err
}

// storeKeys gives a client other keys, and tells of the difference.
func (r *Registry) storeKeys(caller Caller, old *Client, keys []Key) {
	c := *old
	c.JWKS = nil
	if len(keys) > 0 {
		c.JWKS = &KeySet{Keys: keys}
	}
	r.storeClient(&c)
	tell := func(kind EventKind, kid string) {
		e := clientEvent(kind, &c).by(caller)
		e.Kid = kid
		r.emit(e)
	}
	before := keysOf(old)
	for _, key := range before {
		if !slices.ContainsFunc(keys, func(k Key) bool { return sameKey(k, key) }) {
			tell(KeyRemoved, key.Kid)
		}
	}
	for _, key := range keys {
		at := slices.IndexFunc(before, func(k Key) bool { return sameKey(k, key) })
		switch {
		case at < 0:
			tell(KeyAdded, key.Kid)
		case !before[at].LastUpdated.Equal(key.LastUpdated) || before[at].Exp != key.Exp:
			tell(KeyRenewed, key.Kid)
		}
	}
}

// sameKey reports whether two keys are the same, posted once or twice.
func sameKey(a, b Key) bool { return a.Kid == b.Kid && a.N == b.N && a.E == b.E }

// named tells keys by their kid.
func named(kid string) func(Key) bool { return func(k Key) bool { return k.Kid == kid } }

// findKey tells where a client has a key.
func findKey(c *Client, kid string) (int, error) {
	if at := slices.IndexFunc(keysOf(c), named(kid)); at >= 0 {
		return at, nil
	}
	return 0, notFound("JsonWebKey", "Client %s has no key %s", c.ClientID, quoteShort(kid))
}
