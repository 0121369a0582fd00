package maskinporten

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// check reads the client and its keys and decides what there is to do.
func (r *rotation) check(ctx context.Context) error {
	client, err := r.service.Get(ctx, r.clientID)
	if err != nil {
		return err
	}
	switch {
	case !client.Active:
		return errors.New("the client is deactivated, and cannot prove a key: reactivate it first")
	case isLogin(client.IntegrationType):
		return cannotProve(client.IntegrationType)
	}
	r.requests = proofs(r.options.Request, client.Scopes)
	if len(r.requests) == 0 {
		return errors.New("the client has no scopes to prove the key with: give it one, or set RotateOptions.Request")
	}
	if r.keys, err = r.service.keysOf(ctx, rotateName, r.clientID); err != nil && !errors.Is(err, ErrNotFound) {
		return err // not found: it has no keys, for the client was just read
	}
	if r.there, err = r.alreadyAdded(); err != nil {
		return err
	}
	r.old, err = r.findOld()
	return err
}

func cannotProve(kind IntegrationType) error {
	return fmt.Errorf("%s clients cannot prove a key: use AddKey and RemoveKey", kind)
}

// proofs are the token requests that may prove the key: the one wished for,
// or one for each scope of the client.
func proofs(wish TokenRequest, scopes []string) []TokenRequest {
	if len(wish.Scopes) > 0 {
		return []TokenRequest{wish}
	}
	requests := make([]TokenRequest, len(scopes))
	for i, scope := range scopes {
		requests[i] = wish
		requests[i].Scopes = []string{scope}
	}
	return requests
}

// alreadyAdded reports whether an earlier run has added the key. One that
// has expired since is added again, which renews it.
func (r *rotation) alreadyAdded() (bool, error) {
	i := r.index(r.public.KeyID)
	switch {
	case i < 0:
		return false, nil
	case !r.keys[i].sameKey(r.public):
		return false, otherKey(rotateName, r.public.KeyID)
	}
	return r.keys[i].Exp == 0 || r.keys[i].Exp > r.service.admin.settings.clock.Now().Unix(), nil
}

func (r *rotation) index(kid string) int {
	return slices.IndexFunc(r.keys, func(key JSONWebKey) bool { return key.KeyID == kid })
}

// findOld returns the kid of the key to remove, or nothing if it is gone. A
// key that was not named is taken for the old one only where nothing else is
// possible: there is no third key, and it isn't younger than the new one.
func (r *rotation) findOld() (string, error) {
	if old := r.options.Old; old != "" {
		switch {
		case r.index(old) >= 0:
			return old, nil
		case r.index(r.public.KeyID) >= 0:
			return "", nil // an earlier run has removed it
		}
		return "", invalidArgument(rotateName, "Old", fmt.Sprintf("the client has no key %s; it has %s", errtext.Quoted(old), r.kids()))
	}
	others := slices.DeleteFunc(slices.Clone(r.keys), func(key JSONWebKey) bool { return key.KeyID == r.public.KeyID })
	switch {
	case len(others) == 0:
		return "", nil
	case len(others) > 1:
		return "", invalidArgument(rotateName, "Old", "is empty, and the client has several keys: name the one to remove among "+r.kids())
	}
	if i := r.index(r.public.KeyID); i >= 0 && !olderOrSame(others[0], r.keys[i]) {
		return "", nil
	}
	return others[0].KeyID, nil
}

// olderOrSame compares when two keys were made. A service that doesn't say
// gives no reason to remove either.
func olderOrSame(one, two JSONWebKey) bool {
	return !one.Created.IsZero() && !one.Created.After(two.Created)
}

func (r *rotation) kids() string {
	kids := make([]string, len(r.keys))
	for i, key := range r.keys {
		kids[i] = errtext.Quoted(key.KeyID)
	}
	if len(kids) == 0 {
		return "no keys"
	}
	return strings.Join(kids, ", ")
}
