package maskinporten

import (
	"cmp"
	"context"
	"iter"
	"net/http"
	"net/url"
)

// ScopesService keeps the scopes of the own organisation, and reads what is
// public about others': scopes, prefixes, delegation sources. It is
// [Client].Scopes.
//
// Everything that answers several values is an iterator; [Collect] makes a
// slice of it. An organisation that has none gets an empty list, also where the
// service calls it an error.
//
// Reads ask for a token with idporten:scopes.read, or idporten:scopes.write
// where the admin client has only that; writes ask for idporten:scopes.write.
type ScopesService struct{ caller *caller }

// ScopeFilter picks among the scopes of the own organisation.
type ScopeFilter struct {
	// Name asks for the scope with this name only.
	Name string
	// Inactive includes deactivated scopes.
	Inactive bool
}

// PublicScopeFilter picks among the public scopes of all organisations.
type PublicScopeFilter struct {
	// Prefix asks for the scopes below one prefix.
	Prefix string
	// Inactive includes deactivated scopes.
	Inactive bool
	// DelegatedSources asks for scopes that consumers can delegate to a
	// supplier, those with a [Scope].DelegationSource.
	DelegatedSources bool
	// AccessibleForAll asks for scopes that every organisation may use.
	AccessibleForAll bool
	// IntegrationType asks for scopes that clients of this type may have.
	IntegrationType IntegrationType
}

// All iterates over the scopes of the own organisation (GET /scopes). An
// error is yielded once and ends it.
func (s *ScopesService) All(ctx context.Context, filter ScopeFilter) iter.Seq2[*Scope, error] {
	const name = "Scopes.All"
	query := url.Values{}
	if filter.Name != "" {
		if err := s.caller.checkScopeName(name, filter.Name); err != nil {
			return failed[Scope](err)
		}
		query.Set("scope", filter.Name)
	}
	setTrue(query, "inactive", filter.Inactive)
	return listAs(ctx, s.caller, operation{
		Name: name, Method: http.MethodGet, Path: "scopes", Query: query.Encode(), Scopes: readsScopes(),
	}, listedScope)
}

// Public iterates over the public scopes of all organisations
// (GET /scopes/all). The call is open: no token is asked for.
func (s *ScopesService) Public(ctx context.Context, filter PublicScopeFilter) iter.Seq2[*Scope, error] {
	const name = "Scopes.Public"
	query := url.Values{}
	if filter.Prefix != "" {
		if err := s.caller.checkPrefix(name, filter.Prefix); err != nil {
			return failed[Scope](err)
		}
		query.Set("prefix", filter.Prefix)
	}
	setTrue(query, "inactive", filter.Inactive)
	setTrue(query, "delegated_sources", filter.DelegatedSources)
	setTrue(query, "accessible_for_all", filter.AccessibleForAll)
	if filter.IntegrationType != "" {
		query.Set("integration_type", string(filter.IntegrationType))
	}
	return listAs(ctx, s.caller, operation{
		Name: name, Method: http.MethodGet, Path: "scopes/all", Query: query.Encode(),
	}, listedScope)
}

// Get returns the scope with this name (GET /scopes/scope?scope=), also when
// it is deactivated. Another organisation's scope is [ErrForbidden]; find
// that with [ScopesService.Public].
func (s *ScopesService) Get(ctx context.Context, name string) (*Scope, error) {
	op := getScope("Scopes.Get", name)
	if err := s.caller.checkScopeName(op.Name, name); err != nil {
		return nil, err
	}
	return do[Scope](ctx, s.caller, op)
}

// Create makes a new scope (POST /scopes). The prefix must be one of the own
// organisation's, else it is [ErrForbidden]. A name that is in use, by an
// active or a deactivated scope, is [ErrConflict]: see
// [ScopesService.Reactivate].
func (s *ScopesService) Create(ctx context.Context, scope ScopeCreate) (*Scope, error) {
	const name = "Scopes.Create"
	if err := scope.check(s.caller, name); err != nil {
		return nil, err
	}
	return do[Scope](ctx, s.caller, operation{
		Name: name, Method: http.MethodPost, Path: "scopes", Body: scope, Scopes: writesScopes(),
	})
}

// Update reads the scope, lets change work on it, and puts it back whole
// (PUT /scopes?scope=). Fields that this version of the library doesn't know
// go back as they came. An error of change ends it, and nothing is sent.
// Prefix, subscope, name and owner of a scope cannot change.
func (s *ScopesService) Update(ctx context.Context, name string, change func(*Scope) error) (*Scope, error) {
	return s.update(ctx, "Scopes.Update", name, change)
}

// Deactivate ends the use of a scope (DELETE /scopes?scope=): no tokens for
// it any more, and it leaves the default lists. It is not deleted, and its
// name stays taken. The accesses given to it stay as well, so that consumers
// go on seeing it among theirs; [ScopesService.Retire] takes them back first.
func (s *ScopesService) Deactivate(ctx context.Context, name string) (*Scope, error) {
	op := operation{
		Name: "Scopes.Deactivate", Method: http.MethodDelete, Path: "scopes", Query: scopeQuery(name), Scopes: writesScopes(),
	}
	if err := s.caller.checkScopeName(op.Name, name); err != nil {
		return nil, err
	}
	scope, err := do[Scope](ctx, s.caller, op)
	if err != nil {
		return nil, err
	}
	scope.Name = cmp.Or(scope.Name, name) // some services answer nothing
	return scope, nil
}

// Reactivate takes a deactivated scope into use again: it puts the scope
// back whole with active set (PUT /scopes?scope=).
func (s *ScopesService) Reactivate(ctx context.Context, name string) (*Scope, error) {
	return s.update(ctx, "Scopes.Reactivate", name, func(scope *Scope) error {
		scope.Active = true
		return nil
	})
}

func (s *ScopesService) update(ctx context.Context, operationName, name string, change func(*Scope) error) (*Scope, error) {
	if err := s.caller.checkScopeName(operationName, name); err != nil {
		return nil, err
	}
	if change == nil {
		return nil, invalidArgument(operationName, "change", "is nil: give a function that changes the scope")
	}
	put := operation{
		Name: operationName, Method: http.MethodPut, Path: "scopes", Query: scopeQuery(name), Scopes: writesScopes(),
	}
	return update(ctx, s.caller, getScope(operationName, name), put, func(scope *Scope) error {
		was := *scope
		if err := change(scope); err != nil {
			return err
		}
		return scope.checkChange(operationName, was)
	})
}

func getScope(operationName, name string) operation {
	return operation{
		Name: operationName, Method: http.MethodGet, Path: "scopes/scope", Query: scopeQuery(name), Scopes: readsScopes(),
	}
}

// scopeQuery carries the name in the query, since it may hold slashes.
func scopeQuery(name string) string { return "scope=" + url.QueryEscape(name) }

// The token scopes of the calls.
const (
	scopeScopesRead  = "idporten:scopes.read"
	scopeScopesWrite = "idporten:scopes.write"
)

// readsScopes are the token scopes for reading scopes and accesses, least
// first.
func readsScopes() []string { return []string{scopeScopesRead, scopeScopesWrite} }

// writesScopes is the token scope for writing them.
func writesScopes() []string { return []string{scopeScopesWrite} }

// FindCreated looks whether a [ScopesService.Create] that ended in
// [ErrOutcomeUnknown] was carried out (GET /scopes/scope?scope=): it returns the
// scope of that name, or [ErrNotFound], after which Create can be called again.
func (s *ScopesService) FindCreated(ctx context.Context, create ScopeCreate) (*Scope, error) {
	const name = "Scopes.FindCreated"
	if err := create.check(s.caller, name); err != nil {
		return nil, err
	}
	return s.Get(ctx, create.Prefix+":"+create.Subscope)
}
