package maskinporten

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"slices"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
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
	caller   *caller
	admin    *admin
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
	return &ClientsService{caller: s.caller, admin: s.admin, supplier: true}
}

// All iterates over the clients of the own organisation (GET /clients). An
// error is yielded once and ends it.
func (s *ClientsService) All(ctx context.Context, filter ClientFilter) iter.Seq2[*ClientRegistration, error] {
	query := url.Values{}
	setTrue(query, "inactive", filter.Inactive)
	return listAs(ctx, s.caller, operation{
		Name: "Clients.All", Method: http.MethodGet, Path: "clients", Query: query.Encode(), Scopes: s.reads(),
	}, func(fields *clientFields, _ []byte) (*ClientRegistration, error) {
		return (*ClientRegistration)(fields), nil
	})
}

// Get returns a client, also when it is deactivated (GET /clients/{id}).
// Another organisation's client is [ErrForbidden].
func (s *ClientsService) Get(ctx context.Context, clientID string) (*ClientRegistration, error) {
	op, err := s.clientOperation("Clients.Get", http.MethodGet, clientID, "")
	if err != nil {
		return nil, err
	}
	op.Scopes = s.reads()
	return do[ClientRegistration](ctx, s.caller, op)
}

// Create makes a client (POST /clients). Where its method is
// client_secret_basic or client_secret_post, the answer carries the secret,
// this once. A chosen client id that is taken, be it by a deactivated client,
// is [ErrConflict]; a scope that the organisation may not use is [ErrRejected].
//
// Changes reach the token endpoint after up to two minutes:
// [ClientsService.WaitReady] waits for it.
func (s *ClientsService) Create(ctx context.Context, client ClientCreate) (*ClientRegistration, error) {
	op := operation{Name: "Clients.Create", Method: http.MethodPost, Path: "clients", Scopes: s.writes()}
	client = client.withDefaults()
	if client.ClientID != "" {
		if err := checkID(op.Name, "ClientID", client.ClientID); err != nil {
			return nil, err
		}
	}
	if err := firstError(
		checkOptionalOrgNo(op.Name, "ClientOrgNo", client.ClientOrgNo),
		checkOptionalOrgNo(op.Name, "SupplierOrgNo", client.SupplierOrgNo),
	); err != nil {
		return nil, err
	}
	registration, err := client.registration()
	if err != nil {
		return nil, err
	}
	if err := s.preflight(op.Name, ClientRegistration{}, registration); err != nil {
		return nil, err
	}
	op.Body = client
	return do[ClientRegistration](ctx, s.caller, op)
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
// more tokens and leaves the default lists. Its id stays taken. The client that
// one is signed in with is refused: see [ClientsService.DeactivateOwn].
func (s *ClientsService) Deactivate(ctx context.Context, clientID string) error {
	const name = "Clients.Deactivate"
	if s.admin.is(clientID) {
		return refuseOwnClient(name, "client id")
	}
	return s.deactivate(ctx, name, clientID)
}

// DeactivateOwn takes the client out of use that one is signed in with (DELETE
// /clients/{id}). It gets no more tokens, and can't reactivate itself.
func (s *ClientsService) DeactivateOwn(ctx context.Context) error {
	const name = "Clients.DeactivateOwn"
	if s.admin.auth == nil {
		return errtext.Wrap(name+": this client signs in by other means, and doesn't know as whom", errors.ErrUnsupported)
	}
	return s.deactivate(ctx, name, s.admin.auth.ClientID())
}

func refuseOwnClient(operationName, argument string) error {
	return invalidArgument(operationName, argument, "is the client that this program is signed in with: it could do nothing any more, nor be reactivated by itself; if that is meant, use DeactivateOwn")
}

func (s *ClientsService) deactivate(ctx context.Context, name, clientID string) error {
	op, err := s.clientOperation(name, http.MethodDelete, clientID, "")
	if err != nil {
		return err
	}
	op.Scopes = s.writes()
	return doNothing(ctx, s.caller, op)
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
	op, err := s.clientOperation("Clients.RotateSecret", http.MethodPost, clientID, "/secret")
	if err != nil {
		return nil, err
	}
	op.Scopes = s.writes()
	return do[ClientRegistration](ctx, s.caller, op)
}

func (s *ClientsService) update(ctx context.Context, name, clientID string, change func(*ClientRegistration) error) (*ClientRegistration, error) {
	put, err := s.clientOperation(name, http.MethodPut, clientID, "")
	if err != nil {
		return nil, err
	}
	if change == nil {
		return nil, invalidArgument(name, "change", "is nil: give a function that changes the client")
	}
	get := put
	get.Method, get.Scopes, put.Scopes = http.MethodGet, s.reads(), s.writes()
	return update(ctx, s.caller, get, put, func(client *ClientRegistration) error {
		was := client.clone()
		if err := change(client); err != nil {
			return err
		}
		if was.Active && !client.Active && s.admin.is(clientID) {
			return refuseOwnClient(name, "Active")
		}
		return s.preflight(name, was, *client)
	})
}

// clientOperation is a call on one client, or on what lies below it.
func (s *ClientsService) clientOperation(name, method, clientID, below string, ids ...string) (operation, error) {
	if err := checkID(name, "client id", clientID); err != nil {
		return operation{}, err
	}
	return operation{Name: name, Method: method, Path: "clients/{}" + below, IDs: append([]string{clientID}, ids...)}, nil
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

// FindCreated looks whether a [ClientsService.Create] that ended in
// [ErrOutcomeUnknown] was carried out: it returns the client, or [ErrNotFound],
// after which Create can be called again. Where create has a ClientID, that
// client is read (GET /clients/{id}). Otherwise it is the newest active one (GET
// /clients) with the same name, description, organisation, type and scopes, so
// that a different name for each client helps. A secret that was lost with the
// answer is replaced with [ClientsService.RotateSecret].
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
		return nil, errtext.Wrapf("Clients.FindCreated: no client %s as described: %v", errtext.Quoted(create.Name), ErrNotFound)
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
