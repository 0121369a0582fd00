package maskinporten

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/maskinporten-go/maskinporten/internal/wire"
)

// Client calls the self-service API of one environment as one admin client.
// It is safe for concurrent use. Make one with [New].
type Client struct {
	// Scopes are the scopes of the own organisation, and what is public.
	Scopes *ScopesService
	// Access says who may use them, and what the own organisation may use.
	Access *AccessService
	// Clients are client registrations, with their keys.
	Clients *ClientsService
	// Integrations lists integrations, and keeps merchant data.
	Integrations *IntegrationsService

	caller *caller
	admin  *admin
}

// New returns a client of the self-service API at the target, that signs in
// with the credentials of an admin client. It sends nothing yet.
func New(target Target, credentials Credentials, options ...Option) (*Client, error) {
	s, err := newSettings(target, options)
	if err == nil {
		err = s.target.needs(!s.externalAuth, true)
	}
	if err != nil {
		return nil, err
	}
	own := &admin{settings: s}
	if !s.externalAuth {
		if own.auth, err = newAuthenticator(s, credentials); err != nil {
			return nil, err
		}
	}
	calls := newCaller(s, own.auth)
	return &Client{
		Scopes:       &ScopesService{caller: calls},
		Access:       &AccessService{caller: calls},
		Clients:      &ClientsService{caller: calls, admin: own},
		Integrations: &IntegrationsService{caller: calls},
		caller:       calls,
		admin:        own,
	}, nil
}

// Authenticator returns what gets the client's own tokens; nil with
// [WithExternalAuth].
func (c *Client) Authenticator() *Authenticator { return c.admin.auth }

// Close ends background work and waits for it. Calls that need a token end
// with [ErrClosed] afterwards. Connections that no request uses are closed,
// unless they are those of a client given with [WithHTTPClient].
func (c *Client) Close() error {
	defer c.admin.settings.closeConnections()
	if c.admin.auth == nil {
		return nil
	}
	return c.admin.auth.Close()
}

// What works for a program is named in one line by every verb of fmt and by
// slog: its inside holds tokens, and changes while it would be printed.

// String names the client and where it calls.
func (c *Client) String() string {
	if c.admin.auth == nil {
		return "maskinporten.Client(" + c.admin.settings.target.API + ")"
	}
	return "maskinporten.Client(" + c.admin.auth.ClientID() + " at " + c.admin.settings.target.API + ")"
}

// Format keeps every verb of fmt to String.
func (c *Client) Format(state fmt.State, _ rune) { _, _ = fmt.Fprint(state, c.String()) }

// LogValue keeps slog to String.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Organization is an entry of the register of legal entities.
type Organization struct {
	OrgNo OrgNo  `json:"orgnr"`
	Name  string `json:"name"`
	// Extra holds the fields that this version doesn't know.
	Extra map[string]json.RawMessage `json:"-"`
}

type organizationFields Organization

// UnmarshalJSON keeps fields that this version doesn't know in Extra.
func (o *Organization) UnmarshalJSON(data []byte) error {
	return wire.UnmarshalExtra(data, (*organizationFields)(o), &o.Extra, "orgnr")
}

// MarshalJSON writes the fields in Extra beside the others.
func (o Organization) MarshalJSON() ([]byte, error) {
	return wire.MarshalExtra(organizationFields(o), o.Extra)
}

// Organization looks up the name of an organisation
// (GET /organizations/{orgno}), say to show whom one is about to give
// access. The call is open: no token is asked for. An unknown number is
// [ErrNotFound].
func (c *Client) Organization(ctx context.Context, orgno OrgNo) (*Organization, error) {
	const name = "Organization"
	if err := checkOrgNo(name, "orgno", orgno); err != nil {
		return nil, err
	}
	return do[Organization](ctx, c.caller, operation{
		Name: name, Method: http.MethodGet, Path: "organizations/{}", IDs: []string{string(orgno)},
	})
}
