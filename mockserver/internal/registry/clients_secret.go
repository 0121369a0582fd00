package registry

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"time"
)

// secretLifetime is how long a client secret lives at most.
const secretLifetime = 360 * 24 * time.Hour

// RotateSecret makes a new secret for a client whose method is
// client_secret_*, and returns it, here and never again. The old one is void
// at once. Other clients are a Conflict.
func (r *Registry) RotateSecret(caller Caller, id string) (c *Client, secret string, err error) {
	c, err = change(r, func() (*Client, error) {
		old, err := r.clientFor(caller, id)
		if err != nil {
			return nil, err
		}
		if !hasSecret(old) {
			refusal := conflict("Client", "Client %s authenticates with %s, not with a secret", id, old.TokenEndpointAuthMethod)
			if err := caller.Lenient.Assumed(refusal); err != nil {
				return nil, err
			}
		}
		c := *old
		secret = r.newSecret(&c)
		r.replaceClient(&c)
		r.emit(clientEvent(SecretRotated, &c).by(caller))
		return &c, nil
	})
	return c, secret, err
}

// SecretValid reports whether a secret is the client's, which is active, and
// has not expired.
func (r *Registry) SecretValid(id, secret string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	c, ok := r.clients.get(id)
	if !ok || !c.Active || c.secretDigest == "" || !r.now().Before(c.secretExpires) {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(digest(secret)), []byte(c.secretDigest)) == 1
}

// newSecret puts the digest of a new secret on c, and returns the secret.
func (r *Registry) newSecret(c *Client) string {
	secret := r.config.NewSecret()
	c.secretDigest, c.secretExpires = digest(secret), r.now().Add(secretLifetime)
	return secret
}

func dropSecret(c *Client) { c.secretDigest, c.secretExpires = "", time.Time{} }

// digest is SHA-256 in hex, which is enough for a secret that nobody made up.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// hasSecret reports whether a client authenticates with a secret.
func hasSecret(c *Client) bool {
	return c.TokenEndpointAuthMethod == authSecretBasic || c.TokenEndpointAuthMethod == authSecretPost
}
