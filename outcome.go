package maskinporten

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// FindCreated looks whether a [ScopesService.Create] that ended in
// [ErrOutcomeUnknown] was carried out: it returns the scope of that name, or
// [ErrNotFound], after which Create can be called again.
func (s *ScopesService) FindCreated(ctx context.Context, create ScopeCreate) (*Scope, error) {
	const name = "Scopes.FindCreated"
	if err := create.check(name); err != nil {
		return nil, err
	}
	return s.Get(ctx, create.Prefix+":"+create.Subscope)
}

// FindCreated looks whether a [ClientsService.Create] that ended in
// [ErrOutcomeUnknown] was carried out: it returns the newest active client that
// is as described, or [ErrNotFound], after which Create can be called again.
// Where create has a ClientID, that decides. Otherwise name, description,
// organisation, type and scopes do, so that a name of one's own for each client
// helps. A secret that was lost with the answer is made anew with
// [ClientsService.RotateSecret].
func (s *ClientsService) FindCreated(ctx context.Context, create ClientCreate) (*ClientRegistration, error) {
	if create.ClientID != "" {
		return s.Get(ctx, create.ClientID)
	}
	var newest *ClientRegistration
	for client, err := range s.All(ctx, ClientFilter{}) {
		if err != nil {
			return nil, err
		}
		if create.describes(client) && (newest == nil || client.Created.After(newest.Created)) {
			newest = client
		}
	}
	if newest == nil {
		return nil, fmt.Errorf("maskinporten: Clients.FindCreated: no client %q as described: %w", create.Name, ErrNotFound)
	}
	return newest, nil
}

// describes reports whether a client may have been made of this.
func (c ClientCreate) describes(client *ClientRegistration) bool {
	return c.Name == client.Name && c.Description == client.Description &&
		(c.ClientOrgNo == "" || c.ClientOrgNo == client.ClientOrgNo) &&
		cmp.Or(c.IntegrationType, IntegrationTypeMaskinporten) == client.IntegrationType &&
		sameSet(c.Scopes, client.Scopes)
}

// sameSet takes lists as sets; the service may order them its own way.
func sameSet(a, b []string) bool {
	missingIn := func(list []string) func(string) bool {
		return func(s string) bool { return !slices.Contains(list, s) }
	}
	return !slices.ContainsFunc(a, missingIn(b)) && !slices.ContainsFunc(b, missingIn(a))
}
