package token

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// keyExpiry is what is known of the end of the key that signs.
type keyExpiry struct {
	mu      sync.Mutex
	expires time.Time // zero: unknown
	warned  time.Time
}

// known is the end of the key that signed last.
func (k *keyExpiry) known() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.expires
}

// see notes the key that signs, and warns once a day in its last 30 days, since
// replacing one takes people: the service refuses its grants from then on.
func (k *keyExpiry) see(ctx context.Context, log *slog.Logger, clientID string, key Key, now time.Time) time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	const day = 24 * time.Hour
	expires := key.Expires()
	if !k.expires.Equal(expires) {
		k.expires, k.warned = expires, time.Time{} // another key
	}
	if expires.IsZero() || expires.Sub(now) > 30*day || now.Sub(k.warned) < day {
		return expires
	}
	k.warned = now
	text := "maskinporten: the key that signs expires soon: register a new one"
	if !now.Before(expires) {
		text = "maskinporten: the key that signs has expired: register a new one"
	}
	log.WarnContext(ctx, text, slog.String("client_id", clientID), slog.Time("expires", expires), slog.Int("days_left", int(expires.Sub(now)/day)))
	return expires
}
