package maskinporten

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/wire"
)

// OnBehalfOf is somebody for whom a client may act by name, such as a
// municipality that a portal signs users in for. A login request or a grant
// names it in full, "client id::onbehalfof" (iss_onbehalfof, see
// [TokenRequest]).
type OnBehalfOf struct {
	// OnBehalfOf is the name, once per client: letters, digits, and the
	// characters . _ and -.
	OnBehalfOf string `json:"onbehalfof,omitzero"`
	// Name is shown to the user.
	Name string `json:"name,omitzero"`
	// OrgNo is the organisation, and OrganizationName its registered name.
	OrgNo            OrgNo  `json:"orgno,omitzero"`
	OrganizationName string `json:"organization_name,omitzero"`
	// Description is for those who look after the client.
	Description string `json:"description,omitzero"`
	// URI and LogoURI are shown to the user.
	URI     string `json:"uri,omitzero"`
	LogoURI string `json:"logo_uri,omitzero"`
	// Created and LastUpdated are set by the service.
	Created     time.Time `json:"created,omitzero"`
	LastUpdated time.Time `json:"last_updated,omitzero"`
	// Extra holds the fields that this version doesn't know, in the short
	// list of a client as well: [ClientsService.ReplaceOnBehalfOf] puts back
	// what was listed.
	Extra map[string]json.RawMessage `json:"-"`
}

type onBehalfOfFields OnBehalfOf

// UnmarshalJSON decodes an OnBehalfOf and keeps unknown fields in Extra.
func (o *OnBehalfOf) UnmarshalJSON(data []byte) error {
	return wire.UnmarshalExtra(data, (*onBehalfOfFields)(o), &o.Extra, "onbehalfof")
}

// MarshalJSON encodes the OnBehalfOf with the fields of Extra.
func (o OnBehalfOf) MarshalJSON() ([]byte, error) {
	return wire.MarshalExtra(onBehalfOfFields(o), o.Extra)
}

// OnBehalfOfs iterates over those that the client may act for, none being an
// empty list (GET /clients/{id}/onbehalfof). An error is yielded once and ends
// it.
func (s *ClientsService) OnBehalfOfs(ctx context.Context, clientID string) iter.Seq2[*OnBehalfOf, error] {
	op, err := s.clientOperation("Clients.OnBehalfOfs", http.MethodGet, clientID, "/onbehalfof")
	if err != nil {
		return failed[OnBehalfOf](err)
	}
	op.Scopes = s.readsOnBehalfOf()
	return list[OnBehalfOf](ctx, s.caller, op)
}

// OnBehalfOf returns one of those that the client may act for
// (GET /clients/{id}/onbehalfof/{value}).
func (s *ClientsService) OnBehalfOf(ctx context.Context, clientID, value string) (*OnBehalfOf, error) {
	op, err := s.onBehalfOfOperation("Clients.OnBehalfOf", http.MethodGet, clientID, value)
	if err != nil {
		return nil, err
	}
	op.Scopes = s.readsOnBehalfOf()
	return do[OnBehalfOf](ctx, s.caller, op)
}

// AddOnBehalfOf adds somebody that the client may act for
// (POST /clients/{id}/onbehalfof). A name that is taken is [ErrConflict].
func (s *ClientsService) AddOnBehalfOf(ctx context.Context, clientID string, o OnBehalfOf) (*OnBehalfOf, error) {
	op, err := s.clientOperation("Clients.AddOnBehalfOf", http.MethodPost, clientID, "/onbehalfof")
	if err != nil {
		return nil, err
	}
	if err := firstError(checkID(op.Name, "OnBehalfOf", o.OnBehalfOf), checkOptionalOrgNo(op.Name, "OrgNo", o.OrgNo)); err != nil {
		return nil, err
	}
	op.Body, op.Scopes = o, s.writesOnBehalfOf()
	return do[OnBehalfOf](ctx, s.caller, op)
}

// UpdateOnBehalfOf reads one of those that the client may act for, lets
// change work on it, and puts it back whole
// (PUT /clients/{id}/onbehalfof/{value}). The name itself cannot change.
func (s *ClientsService) UpdateOnBehalfOf(ctx context.Context, clientID, value string, change func(*OnBehalfOf) error) (*OnBehalfOf, error) {
	put, err := s.onBehalfOfOperation("Clients.UpdateOnBehalfOf", http.MethodPut, clientID, value)
	if err != nil {
		return nil, err
	}
	if change == nil {
		return nil, invalidArgument(put.Name, "change", "is nil: give a function that changes it")
	}
	get := put
	get.Method, get.Scopes, put.Scopes = http.MethodGet, s.readsOnBehalfOf(), s.writesOnBehalfOf()
	return update(ctx, s.caller, get, put, func(o *OnBehalfOf) error {
		was := o.OnBehalfOf
		if err := change(o); err != nil {
			return err
		}
		if o.OnBehalfOf != was {
			return invalidArgument(put.Name, "OnBehalfOf", "the name cannot change: remove it and add another")
		}
		return checkOptionalOrgNo(put.Name, "OrgNo", o.OrgNo)
	})
}

// ReplaceOnBehalfOf puts one of those that the client may act for as it is
// given (PUT /clients/{id}/onbehalfof/{value}), for admin clients that may
// write but not read: what is left out is gone, so prefer
// [ClientsService.UpdateOnBehalfOf].
func (s *ClientsService) ReplaceOnBehalfOf(ctx context.Context, clientID string, o OnBehalfOf) (*OnBehalfOf, error) {
	op, err := s.onBehalfOfOperation("Clients.ReplaceOnBehalfOf", http.MethodPut, clientID, o.OnBehalfOf)
	if err != nil {
		return nil, err
	}
	if err := checkOptionalOrgNo(op.Name, "OrgNo", o.OrgNo); err != nil {
		return nil, err
	}
	op.Body, op.Scopes = o, s.writesOnBehalfOf()
	return do[OnBehalfOf](ctx, s.caller, op)
}

// RemoveOnBehalfOf takes one of those that the client may act for away
// (DELETE /clients/{id}/onbehalfof/{value}).
func (s *ClientsService) RemoveOnBehalfOf(ctx context.Context, clientID, value string) error {
	op, err := s.onBehalfOfOperation("Clients.RemoveOnBehalfOf", http.MethodDelete, clientID, value)
	if err != nil {
		return err
	}
	op.Scopes = s.writesOnBehalfOf()
	return doNothing(ctx, s.caller, op)
}

func (s *ClientsService) onBehalfOfOperation(name, method, clientID, value string) (operation, error) {
	if err := checkID(name, "onbehalfof", value); err != nil {
		return operation{}, err
	}
	return s.clientOperation(name, method, clientID, "/onbehalfof/{}", value)
}

func (s *ClientsService) readsOnBehalfOf() []string {
	return s.scopes(scopeClientsRead, scopeClientsModify, scopeClientsWrite)
}

func (s *ClientsService) writesOnBehalfOf() []string {
	return s.scopes(scopeOnBehalfOfWrite, scopeClientsModify, scopeClientsWrite)
}
