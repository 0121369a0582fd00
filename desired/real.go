package desired

import (
	"cmp"
	"context"

	"github.com/maskinporten-go/maskinporten"
)

// real is what there is, as far as a state is about it.
type real struct {
	scopes  map[string]*maskinporten.Scope
	access  map[string]map[maskinporten.OrgNo]string // by scope: consumers with access, and what they are called
	clients []*maskinporten.ClientRegistration
}

// readReal makes at most three calls, and none for what the state is not
// about: whoever keeps clients only needs no right to read scopes.
func readReal(ctx context.Context, client *maskinporten.Client, s *State, options Options) (*real, error) {
	r := &real{}
	if len(s.Scopes)+len(s.Owns.Prefixes) > 0 {
		if err := r.readScopes(ctx, client); err != nil {
			return nil, err
		}
	}
	if err := r.readAccess(ctx, client, s); err != nil {
		return nil, err
	}
	if len(s.Clients)+len(s.Owns.Clients) > 0 {
		var err error
		if r.clients, err = maskinporten.Collect(options.clients(client).All(ctx, maskinporten.ClientFilter{Inactive: true})); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *real) readScopes(ctx context.Context, client *maskinporten.Client) error {
	r.scopes = map[string]*maskinporten.Scope{}
	for scope, err := range client.Scopes.All(ctx, maskinporten.ScopeFilter{Inactive: true}) {
		if err != nil {
			return err
		}
		r.scopes[nameOf(scope)] = scope
	}
	return nil
}

// nameOf is a scope's name, also where the service leaves it out.
func nameOf(scope *maskinporten.Scope) string {
	return cmp.Or(scope.Name, scope.Prefix+":"+scope.Subscope)
}

// readAccess reads the accesses that plans need: all of them, or those of one
// scope. It keeps no more of each than is needed, since there may be a hundred
// thousand. Of a scope that is yet to be made nothing is asked.
func (r *real) readAccess(ctx context.Context, client *maskinporten.Client, s *State) error {
	var scopes []string
	for _, scope := range s.Scopes {
		if _, there := r.scopes[scope.Name()]; there && scope.Access != nil {
			scopes = append(scopes, scope.Name())
		}
	}
	filter := maskinporten.AccessFilter{}
	switch owned := len(s.Owns.Prefixes) > 0; {
	case !owned && len(scopes) == 0:
		return nil
	case !owned && len(scopes) == 1:
		filter.Scope = scopes[0]
	}
	r.access = map[string]map[maskinporten.OrgNo]string{}
	for access, err := range client.Access.Given(ctx, filter) {
		if err != nil {
			return err
		}
		if !access.Approved() {
			continue
		}
		of := r.access[access.Scope]
		if of == nil {
			of = map[maskinporten.OrgNo]string{}
			r.access[access.Scope] = of
		}
		of[access.ConsumerOrgNo] = access.ConsumerOrganizationName
	}
	return nil
}
