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

	*settings
	auth *Authenticator // nil with WithExternalAuth
	api  *apiCaller
}

// New returns a client of the self-service API at the target, that signs in
// with the credentials of an admin client. It sends nothing yet.
func New(target Target, credentials Credentials, options ...Option) (*Client, error) {
	s, err := newSettings(target, options)
	if err != nil {
		return nil, err
	}
	c := &Client{settings: s}
	if !s.externalAuth {
		if c.auth, err = newAuthenticator(s, credentials); err != nil {
			return nil, err
		}
	}
	c.api = newAPICaller(s, c.auth)
	c.Scopes = &ScopesService{client: c}
	c.Access = &AccessService{client: c}
	c.Clients = &ClientsService{client: c}
	c.Integrations = &IntegrationsService{client: c}
	return c, nil
}

// Authenticator returns what gets the client's own tokens; nil with
// [WithExternalAuth].
func (c *Client) Authenticator() *Authenticator { return c.auth }

// Close ends background work and waits for it. Calls that need a token end
// with [ErrClosed] afterwards. Connections that no request uses are closed,
// unless they are those of a client given with [WithHTTPClient].
func (c *Client) Close() error {
	defer c.closeConnections()
	if c.auth == nil {
		return nil
	}
	return c.auth.Close()
}

// authenticatorFor makes an authenticator for another client of the same
// environment, without cached tokens and without the shared cache, to find
// out how things stand.
func (c *Client) authenticatorFor(credentials Credentials) (*Authenticator, error) {
	alone := *c.settings
	alone.store = nil
	return newAuthenticator(&alone, credentials)
}

// useKey makes the client sign with another key from now on if it is the one
// named: after its own key was rotated.
func (c *Client) useKey(clientID string, key *Key) error {
	if c.auth == nil || c.auth.ClientID() != clientID {
		return nil
	}
	return c.auth.SetCredentials(Credentials{ClientID: clientID, Key: key})
}
