package maskinporten

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
