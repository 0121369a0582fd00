package registry

import (
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/lenient"
)

// The lifetimes, in seconds, of clients that don't say.
const (
	defaultAccessTokenLifetime   = 120
	defaultRefreshTokenLifetime  = 600
	defaultAuthorizationLifetime = 7200
)

// fillClient puts the input's values and the defaults on c, whose integration
// type is set, and checks all rules that need nothing but the client itself.
func fillClient(c *Client, in *ClientInput, production bool, notes *lenient.Notes) error {
	if err := checkIntegrationType(c.IntegrationType, notes); err != nil {
		return err
	}
	in.apply(c)
	if strings.TrimSpace(c.ClientName) == "" {
		return invalid("Client", "client_name", "client_name is required")
	}
	for _, rule := range []func(*Client) error{fillCombination, fillGrantTypes, in.fillLifetimes, fillUsage} {
		if err := rule(c); err != nil {
			return err
		}
	}
	if err := fillFixedScopes(c, notes); err != nil {
		return err
	}
	return checkRedirects(c, production)
}

// checkIntegrationType: where Digdir's own types aren't refused, their clients
// are like those of maskinporten.
func checkIntegrationType(integrationType string, notes *lenient.Notes) error {
	switch integrationType {
	case EFormidling, IDPortenSAML2:
		return notes.Assumed(forbidden("Client", "integration_type %s is reserved for Digitaliseringsdirektoratet", integrationType))
	case Maskinporten, KRR, IDPorten, APIKlient, Ansattporten:
		return nil
	default:
		return invalid("Client", "integration_type", "integration_type %s is unknown", quoteShort(integrationType))
	}
}

// fillCombination takes application type and authentication method, of which
// only some go together.
func fillCombination(c *Client) (err error) {
	applications := []string{applicationWeb}
	if isLogin(c.IntegrationType) {
		applications = []string{applicationWeb, applicationBrowser, applicationNative}
	}
	c.ApplicationType, err = choose(c, "application_type", c.ApplicationType, applications)
	if err != nil {
		return err
	}
	c.TokenEndpointAuthMethod, err = choose(c, "token_endpoint_auth_method", c.TokenEndpointAuthMethod, authMethods(c))
	return err
}

// authMethods are the legal ones, the default first: where there is a choice,
// OpenID Connect's.
func authMethods(c *Client) []string {
	switch {
	case !isLogin(c.IntegrationType):
		return []string{authPrivateKeyJWT}
	case c.ApplicationType == applicationWeb:
		return []string{authSecretBasic, authSecretPost, authPrivateKeyJWT}
	default: // software on people's own devices keeps no secret
		return []string{authNone}
	}
}

// fillGrantTypes takes the grants, each of which must be legal for the type.
func fillGrantTypes(c *Client) error {
	legal := []string{grantJWTBearer}
	if isLogin(c.IntegrationType) {
		legal = []string{grantAuthorizationCode, grantRefreshToken}
	}
	if len(c.GrantTypes) == 0 {
		c.GrantTypes = legal[:1]
		return nil
	}
	for _, grant := range c.GrantTypes {
		if _, err := choose(c, "grant_types", grant, legal); err != nil || grant == "" {
			return notLegal(c, "grant_types", grant, legal)
		}
	}
	return nil
}

// fillLifetimes takes the lifetimes. Login clients must not send a zero; for
// the others it means the default.
func (in *ClientInput) fillLifetimes(c *Client) error {
	for _, l := range []struct {
		field    string
		sent     *int
		standard int
		to       *int
	}{
		{"access_token_lifetime", in.AccessTokenLifetime, defaultAccessTokenLifetime, &c.AccessTokenLifetime},
		{"refresh_token_lifetime", in.RefreshTokenLifetime, defaultRefreshTokenLifetime, &c.RefreshTokenLifetime},
		{"authorization_lifetime", in.AuthorizationLifetime, defaultAuthorizationLifetime, &c.AuthorizationLifetime},
	} {
		*l.to = l.standard
		switch {
		case l.sent == nil:
		case *l.sent < 0:
			return invalid("Client", l.field, "%s must not be negative", l.field)
		case *l.sent > 0:
			*l.to = *l.sent
		case isLogin(c.IntegrationType):
			return invalid("Client", l.field, "%s must be greater than 0", l.field)
		}
	}
	return nil
}

// fillUsage takes what concerns refresh tokens and PKCE.
func fillUsage(c *Client) (err error) {
	c.RefreshTokenUsage, err = choose(c, "refresh_token_usage", c.RefreshTokenUsage, []string{usageOneTime, usageReuse})
	if err != nil {
		return err
	}
	c.CodeChallengeMethod, err = choose(c, "code_challenge_method", c.CodeChallengeMethod, []string{challengeS256, challengeNone})
	return err
}

// choose returns the value sent, if it is one of the legal ones, and the
// first of them when none was sent.
func choose(c *Client, field, sent string, legal []string) (string, error) {
	if sent == "" {
		return legal[0], nil
	}
	// The legal value is returned rather than the one sent: it is shared by
	// all clients.
	if i := slices.Index(legal, sent); i >= 0 {
		return legal[i], nil
	}
	return "", notLegal(c, field, sent, legal)
}
