package maskinporten

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// whyRefused looks up in self-service why the token endpoint refuses a client,
// and says so where that won't pass by waiting. What isn't certain, such as what
// the admin client may not read, is nothing: it may pass.
func (s *ClientsService) whyRefused(ctx context.Context, credentials Credentials, request TokenRequest, refusal error) string {
	client, err := s.Get(ctx, credentials.ClientID)
	switch {
	case errors.Is(err, ErrNotFound):
		return "there is no such client in this environment"
	case err != nil:
		return ""
	case !client.Active:
		return "the client is deactivated"
	case errors.Is(refusal, ErrUnknownKey):
		return s.whyUnknownKey(ctx, credentials)
	case errors.Is(refusal, ErrScopeNotRegistered):
		return whyNotRegistered(client, request)
	case errors.Is(refusal, ErrAccessNotGranted) && request.ConsumerOrg == "" && client.SupplierOrgNo == "":
		return s.whyNoAccess(ctx, request)
	}
	return ""
}

func (s *ClientsService) whyUnknownKey(ctx context.Context, credentials Credentials) string {
	key, err := credentials.key(ctx)
	if err != nil || key.KeyID() == "" {
		return ""
	}
	_, err = s.Key(ctx, credentials.ClientID, key.KeyID())
	if errors.Is(err, ErrNotFound) {
		return "the client has no key " + errtext.Quoted(key.KeyID()) + ": give it one with AddKey"
	}
	return ""
}

func whyNotRegistered(client *ClientRegistration, request TokenRequest) string {
	for _, scope := range request.Scopes {
		if !slices.Contains(client.Scopes, scope) {
			return "the client doesn't have the scope " + errtext.Quoted(scope)
		}
	}
	return ""
}

// whyNoAccess is about the own organisation's access to the scopes.
func (s *ClientsService) whyNoAccess(ctx context.Context, request TokenRequest) string {
	received, err := Collect((&AccessService{caller: s.caller}).Received(ctx, AccessFilter{Inactive: true}))
	if err != nil {
		return ""
	}
	for _, scope := range request.Scopes {
		i := slices.IndexFunc(received, func(a *Access) bool { return a.Scope == scope && a.Approved() })
		switch {
		case i < 0 && s.mayDoWithoutAccess(ctx, scope):
		case i < 0:
			return fmt.Sprintf("the organisation has no access to %s: ask who offers it", scope)
		case s.isLongAgo(received[i]):
			return fmt.Sprintf("the access to %s was given on %s, so that it is known by now: the scope may be retired, ask who offers it", scope, given(received[i]).Format("2006-01-02"))
		}
	}
	return ""
}

// mayDoWithoutAccess reports whether a scope can be had by those who weren't
// given access, or might be: it is one's own, or open to all.
func (s *ClientsService) mayDoWithoutAccess(ctx context.Context, scope string) bool {
	scopes := &ScopesService{caller: s.caller}
	if _, err := scopes.Get(ctx, scope); !errors.Is(err, ErrForbidden) && !errors.Is(err, ErrNotFound) {
		return true
	}
	prefix, _, _ := strings.Cut(scope, ":")
	for open, err := range scopes.Public(ctx, PublicScopeFilter{Prefix: prefix, AccessibleForAll: true}) {
		if err != nil || open.Name == scope {
			return true
		}
	}
	return false
}

// isLongAgo reports whether the token endpoint must have heard of an access.
func (s *ClientsService) isLongAgo(access *Access) bool {
	at := given(access)
	return !at.IsZero() && s.admin.settings.clock.Corrected().Sub(at) > defaultMaxWait
}

// given is when an access became what it is.
func given(access *Access) time.Time {
	if access.LastUpdated.After(access.Created) {
		return access.LastUpdated
	}
	return access.Created
}
