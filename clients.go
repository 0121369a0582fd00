package maskinporten

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"unicode"
)

// ClientsService keeps the clients of the own organisation, their keys,
// secrets, and those they act for. It is [Client].Clients.
//
// Reads ask for a token with idporten:dcr.read, or idporten:dcr.write where
// the admin client has only that; writes ask for idporten:dcr.write. Keys can
// be written with idporten:dcr.modify as well, which is tried first, and
// names to act for with idporten:dcr/onbehalfof.write. A view made with
// AsSupplier asks for idporten:dcr.supplier only.
type ClientsService struct {
	client   *Client
	supplier bool
}

// ClientFilter picks among the clients of the own organisation.
type ClientFilter struct {
	// Inactive includes deactivated clients.
	Inactive bool
}

// AsSupplier returns a view of the service that acts as a supplier: every
// call asks for a token with idporten:dcr.supplier, with which clients can be
// made for any organisation ([ClientCreate].ClientOrgNo), and those made so
// can be seen and changed. One's own clients are out of its reach.
func (s *ClientsService) AsSupplier() *ClientsService {
	return &ClientsService{client: s.client, supplier: true}
}

// List returns the clients of the own organisation as a slice (GET /clients).
func (s *ClientsService) List(ctx context.Context, filter ClientFilter) ([]*ClientRegistration, error) {
	return Collect(s.All(ctx, filter))
}

// All iterates over the clients of the own organisation (GET /clients). An
// error is yielded once and ends it.
func (s *ClientsService) All(ctx context.Context, filter ClientFilter) iter.Seq2[*ClientRegistration, error] {
	query := url.Values{}
	setTrue(query, "inactive", filter.Inactive)
	return streamAs(ctx, s.client, operation{
		name: "Clients.All", method: http.MethodGet, path: []string{"clients"}, query: query, scopes: s.reads(),
	}, func(fields *clientFields, _ []byte) (*ClientRegistration, error) {
		return (*ClientRegistration)(fields), nil
	})
}

// Get returns a client, also when it is deactivated (GET /clients/{id}).
// Another organisation's client is [ErrForbidden].
func (s *ClientsService) Get(ctx context.Context, clientID string) (*ClientRegistration, error) {
	op, err := s.clientOperation("Clients.Get", http.MethodGet, clientID)
	if err != nil {
		return nil, err
	}
	op.scopes = s.reads()
	return call[ClientRegistration](ctx, s.client, op)
}

// Create makes a client (POST /clients). Where its method is
// client_secret_basic or client_secret_post, the answer carries the secret,
// this once. A chosen client id that is taken, be it by a deactivated client,
// is [ErrConflict]; a scope that the organisation may not use is [ErrInvalid].
//
// Changes reach the token endpoint after up to two minutes:
// [ClientsService.WaitReady] waits for it.
func (s *ClientsService) Create(ctx context.Context, client ClientCreate) (*ClientRegistration, error) {
	op := operation{name: "Clients.Create", method: http.MethodPost, path: []string{"clients"}, scopes: s.writes()}
	client = client.withDefaults()
	if client.ClientID != "" {
		if err := checkID(op.name, "ClientID", client.ClientID); err != nil {
			return nil, err
		}
	}
	if err := checkOptionalOrgNo(op.name, "ClientOrgNo", client.ClientOrgNo); err != nil {
		return nil, err
	}
	registration, err := client.registration()
	if err != nil {
		return nil, err
	}
	if err := s.preflight(op.name, ClientRegistration{}, registration); err != nil {
		return nil, err
	}
	op.body = client
	return call[ClientRegistration](ctx, s.client, op)
}

// Update reads the client, lets change work on it, and puts it back whole
// (PUT /clients/{id}). Fields that this version of the library doesn't know
// go back as they came. An error of change ends it, and nothing is sent; nor
// is anything if nothing was changed. The integration type of a client cannot
// change, and keys are not changed here. The secret, if there is one, goes
// when the method is no longer client_secret_basic or client_secret_post.
func (s *ClientsService) Update(ctx context.Context, clientID string, change func(*ClientRegistration) error) (*ClientRegistration, error) {
	return s.update(ctx, "Clients.Update", clientID, change)
}

// Deactivate takes a client out of use (DELETE /clients/{id}): it gets no
// more tokens and leaves the default lists. Its id stays taken.
func (s *ClientsService) Deactivate(ctx context.Context, clientID string) error {
	op, err := s.clientOperation("Clients.Deactivate", http.MethodDelete, clientID)
	if err != nil {
		return err
	}
	op.scopes = s.writes()
	return callNothing(ctx, s.client, op)
}

// Reactivate takes a deactivated client into use again: it puts the client
// back whole with active set (PUT /clients/{id}).
func (s *ClientsService) Reactivate(ctx context.Context, clientID string) (*ClientRegistration, error) {
	return s.update(ctx, "Clients.Reactivate", clientID, func(client *ClientRegistration) error {
		client.Active = true
		return nil
	})
}

// RotateSecret makes a new secret for a client whose method is
// client_secret_basic or client_secret_post (POST /clients/{id}/secret). The
// old one is void at once. This answer is the only one that shows it, in
// ClientSecret; it lives for at most 360 days.
func (s *ClientsService) RotateSecret(ctx context.Context, clientID string) (*ClientRegistration, error) {
	op, err := s.clientOperation("Clients.RotateSecret", http.MethodPost, clientID, "secret")
	if err != nil {
		return nil, err
	}
	op.scopes = s.writes()
	return call[ClientRegistration](ctx, s.client, op)
}

func (s *ClientsService) update(ctx context.Context, name, clientID string, change func(*ClientRegistration) error) (*ClientRegistration, error) {
	put, err := s.clientOperation(name, http.MethodPut, clientID)
	if err != nil {
		return nil, err
	}
	if change == nil {
		return nil, invalidArgument(name, "change", "is nil: give a function that changes the client")
	}
	get := put
	get.method, get.scopes, put.scopes = http.MethodGet, s.reads(), s.writes()
	return update(ctx, s.client, get, put, func(client *ClientRegistration) error {
		was := client.clone()
		if err := change(client); err != nil {
			return err
		}
		return s.preflight(name, was, *client)
	})
}

// clientOperation is a call on one client, or on what lies below it.
func (s *ClientsService) clientOperation(name, method, clientID string, below ...string) (operation, error) {
	if err := checkID(name, "client id", clientID); err != nil {
		return operation{}, err
	}
	return operation{name: name, method: method, path: append([]string{"clients", clientID}, below...)}, nil
}

// The token scopes of the calls, least first.
const (
	scopeClientsRead     = "idporten:dcr.read"
	scopeClientsWrite    = "idporten:dcr.write"
	scopeClientsModify   = "idporten:dcr.modify"
	scopeClientsSupplier = "idporten:dcr.supplier"
	scopeOnBehalfOfWrite = "idporten:dcr/onbehalfof.write"
)

func (s *ClientsService) reads() []string  { return s.scopes(scopeClientsRead, scopeClientsWrite) }
func (s *ClientsService) writes() []string { return s.scopes(scopeClientsWrite) }

func (s *ClientsService) scopes(own ...string) []string {
	if s.supplier {
		return []string{scopeClientsSupplier}
	}
	return own
}

// checkID refuses identifiers that no service gives out and that could bend a
// path on their way, here or in a proxy that unescapes it: client ids, kids
// and names to act for.
func checkID(operationName, argument, value string) error {
	if err := checkSegment(operationName, argument, value); err != nil {
		return err
	}
	switch {
	case strings.Trim(value, ".") == "":
		return invalidArgument(operationName, argument, quoted(value)+" would bend the path")
	case strings.ContainsFunc(value, bendsPath):
		return invalidArgument(operationName, argument, quoted(value)+" holds a character that identifiers cannot have (blanks, or one of / \\ ? # % ;)")
	}
	return nil
}

func checkOptionalOrgNo(operationName, argument string, o OrgNo) error {
	if o == "" {
		return nil
	}
	return checkOrgNo(operationName, argument, o)
}

func bendsPath(r rune) bool {
	return strings.ContainsRune(`/\?#%;`, r) || unicode.IsSpace(r) || !unicode.IsGraphic(r)
}
