package maskinporten

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/wire"
)

// AccessService says which organisations may use the own organisation's
// scopes, and which scopes the own organisation may use. It is
// [Client].Access.
//
// Organisation numbers and scope names are checked before anything is sent.
type AccessService struct{ caller *caller }

// Access is the right of an organisation (the consumer) to use a scope of
// another (the owner).
type Access struct {
	// Scope is the name of the scope.
	Scope string `json:"scope"`
	// OwnerOrgNo owns the scope.
	OwnerOrgNo            OrgNo  `json:"owner_orgno,omitzero"`
	OwnerOrganizationName string `json:"owner_organization_name,omitzero"`
	// ConsumerOrgNo may use the scope, if State says so.
	ConsumerOrgNo            OrgNo  `json:"consumer_orgno"`
	ConsumerOrganizationName string `json:"consumer_organization_name,omitzero"`
	// State tells whether this is access: see [Access.Approved].
	State AccessState `json:"state"`
	// Created and LastUpdated are the service's.
	Created     time.Time `json:"created,omitzero"`
	LastUpdated time.Time `json:"last_updated,omitzero"`
	// Extra holds the fields that this version doesn't know. Lists, which may
	// have thousands of elements, leave it nil.
	Extra map[string]json.RawMessage `json:"-"`
}

// AccessState is how far an access has come.
type AccessState string

// The states. Only approved is access.
const (
	// AccessStateRequested waits for the owner.
	AccessStateRequested AccessState = "REQUESTED"
	// AccessStateApproved is access.
	AccessStateApproved AccessState = "APPROVED"
	// AccessStateDenied was refused, or taken back.
	AccessStateDenied AccessState = "DENIED"
)

// Approved reports whether the consumer may use the scope. No other state is
// access.
func (a Access) Approved() bool { return a.State == AccessStateApproved }

// AccessFilter picks among accesses. Its zero value asks for all that are
// not taken back.
type AccessFilter struct {
	// Scope asks for accesses to this scope.
	Scope string
	// ConsumerOrgNo asks for accesses of this organisation. It is ignored by
	// [AccessService.Received], where you are the consumer.
	ConsumerOrgNo OrgNo
	// Inactive includes accesses that were taken back.
	Inactive bool
}

type accessFields Access

// UnmarshalJSON keeps fields that this version doesn't know in Extra.
func (a *Access) UnmarshalJSON(data []byte) error {
	return wire.UnmarshalExtra(data, (*accessFields)(a), &a.Extra, "scope", "consumer_orgno", "state")
}

// MarshalJSON writes the fields in Extra beside the others.
func (a Access) MarshalJSON() ([]byte, error) { return wire.MarshalExtra(accessFields(a), a.Extra) }

// Given iterates over the accesses that the own organisation gave to others
// (GET /scopes/access). An error is yielded once and ends it.
func (s *AccessService) Given(ctx context.Context, filter AccessFilter) iter.Seq2[*Access, error] {
	return s.given(ctx, "Access.Given", filter)
}

func (s *AccessService) given(ctx context.Context, name string, filter AccessFilter) iter.Seq2[*Access, error] {
	query := url.Values{}
	if filter.Scope != "" {
		if err := s.caller.checkScopeName(name, filter.Scope); err != nil {
			return failed[Access](err)
		}
		query.Set("scope", filter.Scope)
	}
	if filter.ConsumerOrgNo != "" {
		if err := checkOrgNo(name, "ConsumerOrgNo", filter.ConsumerOrgNo); err != nil {
			return failed[Access](err)
		}
		query.Set("consumer_orgno", string(filter.ConsumerOrgNo))
	}
	setTrue(query, "inactive", filter.Inactive)
	return s.list(ctx, operation{
		Name: name, Method: http.MethodGet, Path: "scopes/access", Query: query.Encode(), Scopes: readsScopes(),
	}, "")
}

// Received iterates over the accesses that others gave to the own
// organisation (GET /scopes/access/all): what one's clients may use. The
// service has no filter for the scope here, so that filter.Scope is applied
// to the whole list as it comes.
func (s *AccessService) Received(ctx context.Context, filter AccessFilter) iter.Seq2[*Access, error] {
	const name = "Access.Received"
	if filter.Scope != "" {
		if err := s.caller.checkScopeName(name, filter.Scope); err != nil {
			return failed[Access](err)
		}
	}
	query := url.Values{}
	setTrue(query, "inactive", filter.Inactive)
	return s.list(ctx, operation{
		Name: name, Method: http.MethodGet, Path: "scopes/access/all", Query: query.Encode(), Scopes: readsScopes(),
	}, filter.Scope)
}

func (s *AccessService) list(ctx context.Context, op operation, onlyScope string) iter.Seq2[*Access, error] {
	all := listAs(ctx, s.caller, op, func(fields *accessFields, _ []byte) (*Access, error) { return (*Access)(fields), nil })
	if onlyScope == "" {
		return all
	}
	return func(yield func(*Access, error) bool) {
		for access, err := range all {
			if err == nil && access.Scope != onlyScope {
				continue
			}
			if !yield(access, err) {
				return
			}
		}
	}
}

// Get returns the access of one consumer to a scope of the own organisation
// (GET /scopes/access?scope=&consumer_orgno=), requested or approved. Where there
// is no such access, or it was taken back, the error is [ErrNotFound].
func (s *AccessService) Get(ctx context.Context, scope string, consumer OrgNo) (*Access, error) {
	const name = "Access.Get"
	if err := s.checkAccess(name, scope, consumer); err != nil {
		return nil, err
	}
	for access, err := range s.given(ctx, name, AccessFilter{Scope: scope, ConsumerOrgNo: consumer}) {
		if err != nil {
			return nil, err
		}
		if access.Scope == scope && access.ConsumerOrgNo == consumer && access.State != AccessStateDenied {
			return access, nil
		}
	}
	return nil, errtext.Wrapf("%s: %s has no access to %s: %v", name, consumer, scope, ErrNotFound)
}

// Has reports whether a consumer has an approved access to a scope of the own
// organisation (GET /scopes/access?scope=&consumer_orgno=).
func (s *AccessService) Has(ctx context.Context, scope string, consumer OrgNo) (bool, error) {
	if err := s.checkAccess("Access.Has", scope, consumer); err != nil {
		return false, err
	}
	for access, err := range s.given(ctx, "Access.Has", AccessFilter{Scope: scope, ConsumerOrgNo: consumer}) {
		if err != nil {
			return false, err
		}
		if access.Scope == scope && access.ConsumerOrgNo == consumer && access.Approved() {
			return true, nil
		}
	}
	return false, nil
}

// Grant gives a consumer access to a scope of the own organisation
// (PUT /scopes/access/{consumer_orgno}?scope=). It may be repeated, and gives
// again what was taken back. It can take two minutes until the consumer gets
// tokens. A deactivated scope is [ErrConflict].
func (s *AccessService) Grant(ctx context.Context, scope string, consumer OrgNo) (*Access, error) {
	return s.write(ctx, "Access.Grant", http.MethodPut, Access{Scope: scope, ConsumerOrgNo: consumer, State: AccessStateApproved})
}

// Revoke takes back the access of a consumer to a scope of the own
// organisation (DELETE /scopes/access/{consumer_orgno}?scope=). Tokens that
// were given live on until they expire. An access that was never given is
// [ErrNotFound].
func (s *AccessService) Revoke(ctx context.Context, scope string, consumer OrgNo) (*Access, error) {
	return s.write(ctx, "Access.Revoke", http.MethodDelete, Access{Scope: scope, ConsumerOrgNo: consumer, State: AccessStateDenied})
}

// write makes the call after which the access is what the caller wants, and
// returns what is answered; what the answer leaves out is as wanted.
func (s *AccessService) write(ctx context.Context, name, method string, wanted Access) (*Access, error) {
	if err := s.checkAccess(name, wanted.Scope, wanted.ConsumerOrgNo); err != nil {
		return nil, err
	}
	access, err := do[Access](ctx, s.caller, operation{
		Name: name, Method: method, Path: "scopes/access/{}", IDs: []string{string(wanted.ConsumerOrgNo)}, Query: scopeQuery(wanted.Scope), Scopes: writesScopes(),
	})
	if err != nil {
		return nil, err
	}
	access.Scope = cmp.Or(access.Scope, wanted.Scope)
	access.ConsumerOrgNo = cmp.Or(access.ConsumerOrgNo, wanted.ConsumerOrgNo)
	access.State = cmp.Or(access.State, wanted.State)
	return access, nil
}

func (s *AccessService) checkAccess(operationName, scope string, consumer OrgNo) error {
	return firstError(s.caller.checkScopeName(operationName, scope), checkOrgNo(operationName, "consumer", consumer))
}
