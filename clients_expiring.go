package maskinporten

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// ExpiringKey is a line of the report of [ClientsService.ExpiringKeys].
type ExpiringKey struct {
	ClientID    string
	ClientName  string
	ClientOrgNo OrgNo
	// KeyID is the kid.
	KeyID string
	// Expires is when the token endpoint stops taking the key.
	Expires time.Time
	// DaysLeft is the number of whole days until then: 0 on the last day,
	// negative when the key has expired.
	DaysLeft int
}

const (
	// expiryReaders is how many clients are read at a time.
	expiryReaders = 4
	// keyLifetime is how long a key lives that doesn't say when it expires.
	keyLifetime = 365 * 24 * time.Hour
	day         = 24 * time.Hour
)

// ExpiringKeys reports the keys of all active clients that expire within the
// given time, or have expired already, those that expire first first. It
// reads the list of clients (GET /clients), and where that leaves out a client's
// keys, those (GET /clients/{id}/jwks), a few at a time. The first error ends it.
//
// Keys live for a year at most: run it daily, and rotate what it reports with
// [ClientsService.RotateExpiring].
func (s *ClientsService) ExpiringKeys(ctx context.Context, within time.Duration) ([]ExpiringKey, error) {
	clients, err := Collect(s.All(ctx, ClientFilter{}))
	if err != nil {
		return nil, err
	}
	return s.expiringKeysOf(ctx, clients, within)
}

func (s *ClientsService) expiringKeysOf(ctx context.Context, clients []*ClientRegistration, within time.Duration) ([]ExpiringKey, error) {
	keys, err := s.keysOfAll(ctx, clients)
	if err != nil {
		return nil, err
	}
	now := s.admin.settings.clock.Now()
	report := []ExpiringKey{}
	for i, client := range clients {
		for _, key := range keys[i] {
			expires := lastMoment(key)
			if expires.IsZero() || expires.After(now.Add(within)) {
				continue
			}
			report = append(report, ExpiringKey{
				ClientID: client.ClientID, ClientName: client.Name, ClientOrgNo: client.ClientOrgNo,
				KeyID: key.KeyID, Expires: expires, DaysLeft: int(math.Floor(expires.Sub(now).Hours() / day.Hours())),
			})
		}
	}
	slices.SortStableFunc(report, func(a, b ExpiringKey) int {
		return cmp.Or(a.Expires.Compare(b.Expires), cmp.Compare(a.ClientID, b.ClientID), cmp.Compare(a.KeyID, b.KeyID))
	})
	return report, nil
}

// lastMoment returns when a key expires: when it says, else a year after it
// was posted. It is zero for a key that says neither.
func lastMoment(key JSONWebKey) time.Time {
	posted := key.Created
	if key.LastUpdated.After(posted) {
		posted = key.LastUpdated
	}
	switch {
	case key.Exp != 0:
		return key.Expires()
	case !posted.IsZero():
		return posted.Add(keyLifetime)
	}
	return time.Time{}
}

// keysOfAll returns the keys of each client, in the order of the clients.
func (s *ClientsService) keysOfAll(ctx context.Context, clients []*ClientRegistration) ([][]JSONWebKey, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	keys := make([][]JSONWebKey, len(clients))
	var taken atomic.Int64
	var readers sync.WaitGroup
	for range min(expiryReaders, len(clients)) {
		readers.Go(func() {
			for ctx.Err() == nil {
				i := int(taken.Add(1)) - 1
				if i >= len(clients) {
					return
				}
				var err error
				if keys[i], err = s.listedKeys(ctx, clients[i]); err != nil {
					stop(errtext.Wrap("client "+clients[i].ClientID, err))
				}
			}
		})
	}
	readers.Wait()
	return keys, context.Cause(ctx)
}

// listedKeys returns the keys that came with the list, or reads them. A 404
// is a client without keys, or one that has just gone.
func (s *ClientsService) listedKeys(ctx context.Context, client *ClientRegistration) ([]JSONWebKey, error) {
	method := client.TokenEndpointAuthMethod
	switch {
	case client.JWKS != nil:
		return client.JWKS.Keys, nil
	case method != "" && method != AuthMethodPrivateKeyJWT:
		return nil, nil // has a secret or nothing instead
	}
	keys, err := s.keysOf(ctx, "Clients.ExpiringKeys", client.ClientID)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return keys, err
}
