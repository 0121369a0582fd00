package maskinporten

import (
	"context"
	"fmt"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// admin is the client that one is signed in with, for the calls of
// [ClientsService] that concern it, or that need others of its kind.
type admin struct {
	settings *settings
	auth     *Authenticator // nil with WithExternalAuth
}

// authenticatorFor makes an authenticator for another client of the same
// environment, without cached tokens and without the shared cache.
func (a *admin) authenticatorFor(credentials Credentials) (*Authenticator, error) {
	alone := *a.settings
	alone.cache = nil
	return newAuthenticator(&alone, credentials)
}

// is reports whether one is signed in as this client.
func (a *admin) is(clientID string) bool { return a.auth != nil && a.auth.ClientID() == clientID }

// useKey signs with another key from now on, since the old one is about to be
// removed. A key source belongs to the caller, and must give the new key by now:
// nothing can be removed with a key that is removed itself.
func (a *admin) useKey(ctx context.Context, key *Key, oldKeyID string) error {
	credentials := a.auth.credentials.Load()
	if credentials.KeySource == nil {
		return a.auth.SetCredentials(Credentials{ClientID: credentials.ClientID, Key: key})
	}
	now, err := credentials.key(ctx)
	if err == nil && oldKeyID != "" && now.KeyID() == oldKeyID {
		err = fmt.Errorf("the admin client's KeySource still gives the old key %s: move it to the new one in RotateOptions.Switch", errtext.Quoted(oldKeyID))
	}
	return err
}
