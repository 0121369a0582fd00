package maskinporten

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// finding is a rule of the service that a client would break.
type finding struct{ argument, problem string }

// preflight refuses what the service would refuse: only rules that Digdir
// documents, and only those that were not broken before, so that an old
// client which has outlived a rule can still be given a new name. See
// [WithoutPreflight].
func (s *ClientsService) preflight(operationName string, was, is ClientRegistration) error {
	if s.admin.settings.withoutPreflight {
		return nil
	}
	if was.IntegrationType != "" && is.IntegrationType != was.IntegrationType {
		return invalidArgument(operationName, "IntegrationType", fmt.Sprintf("cannot change from %q to %q: make another client", was.IntegrationType, is.IntegrationType))
	}
	environment := s.admin.settings.environment()
	before := findings(was, environment)
	for _, f := range findings(is, environment) {
		if !slices.Contains(before, f) {
			return invalidArgument(operationName, f.argument, f.problem)
		}
	}
	return nil
}

func findings(client ClientRegistration, environment Environment) []finding {
	var found []finding
	report := func(argument, format string, values ...any) {
		found = append(found, finding{argument, fmt.Sprintf(format, values...)})
	}
	checkCombination(client, report)
	checkFixedScopes(client, report)
	checkLifetimes(client, report)
	checkRedirectURIs(client, environment, report)
	return found
}

type reporter func(argument, format string, values ...any)

// combination is one row of the table of what clients of a type may be.
type combination struct {
	grants []GrantType
	// methods per application type; a type that isn't there isn't allowed.
	methods map[ApplicationType][]AuthMethod
}

func isLogin(t IntegrationType) bool {
	return t == IntegrationTypeIDPorten || t == IntegrationTypeAPIClient || t == IntegrationTypeAnsattporten
}

func isMachine(t IntegrationType) bool {
	return t == IntegrationTypeMaskinporten || t == IntegrationTypeKRR
}

// combinationFor returns what is documented for the type. Types that Digdir
// keeps to itself, and new ones, are left to the service.
func combinationFor(t IntegrationType) (combination, bool) {
	switch {
	case isMachine(t):
		return combination{
			grants:  []GrantType{GrantTypeJWTBearer},
			methods: map[ApplicationType][]AuthMethod{ApplicationTypeWeb: {AuthMethodPrivateKeyJWT}},
		}, true
	case isLogin(t):
		return combination{
			grants: []GrantType{GrantTypeAuthorizationCode, GrantTypeRefreshToken},
			methods: map[ApplicationType][]AuthMethod{
				ApplicationTypeWeb:     {AuthMethodSecretBasic, AuthMethodSecretPost, AuthMethodPrivateKeyJWT},
				ApplicationTypeBrowser: {AuthMethodNone},
				ApplicationTypeNative:  {AuthMethodNone},
			},
		}, true
	}
	return combination{}, false
}

func checkCombination(client ClientRegistration, report reporter) {
	legal, known := combinationFor(client.IntegrationType)
	if !known {
		return
	}
	methods, allowed := legal.methods[client.ApplicationType]
	switch {
	case client.ApplicationType == "":
	case !allowed:
		report("ApplicationType", "%s clients must be of type web, not %q", client.IntegrationType, client.ApplicationType)
	case client.TokenEndpointAuthMethod != "" && !slices.Contains(methods, client.TokenEndpointAuthMethod):
		report("TokenEndpointAuthMethod", "%s clients of type %s use %s, not %q",
			client.IntegrationType, client.ApplicationType, errtext.OneOf(methods), client.TokenEndpointAuthMethod)
	}
	for _, grant := range client.GrantTypes {
		if !slices.Contains(legal.grants, grant) {
			report("GrantTypes", "%s clients use %s, not %q", client.IntegrationType, errtext.OneOf(legal.grants), grant)
		}
	}
}

// fixedScopes are the only scopes that clients of these types may have.
func fixedScopes(t IntegrationType) []string {
	switch t {
	case IntegrationTypeKRR:
		return []string{"krr:global/kontaktinformasjon.read", "krr:global/digitalpost.read"}
	case IntegrationTypeIDPorten:
		return []string{"openid", "profile", "eidas", "no_pid"}
	default:
		return nil
	}
}

func checkFixedScopes(client ClientRegistration, report reporter) {
	fixed := fixedScopes(client.IntegrationType)
	if fixed == nil {
		return
	}
	for _, scope := range client.Scopes {
		if !slices.Contains(fixed, scope) {
			report("Scopes", "%s clients have %s only, not %s", client.IntegrationType, errtext.OneOf(fixed), errtext.Quoted(scope))
		}
	}
}

func checkLifetimes(client ClientRegistration, report reporter) {
	for _, lifetime := range []struct {
		argument string
		seconds  int
	}{
		{"AccessTokenLifetime", client.AccessTokenLifetime},
		{"RefreshTokenLifetime", client.RefreshTokenLifetime},
		{"AuthorizationLifetime", client.AuthorizationLifetime},
	} {
		if lifetime.seconds < 0 {
			report(lifetime.argument, "%d is negative: it is a number of seconds, or 0 for the service's default", lifetime.seconds)
		}
	}
}

// checkRedirectURIs applies the rules for redirect URIs. Those that depend
// on the environment hold only where it is known to be Digdir's test or
// production.
func checkRedirectURIs(client ClientRegistration, environment Environment, report reporter) {
	if isLogin(client.IntegrationType) && len(client.RedirectURIs) == 0 {
		report("RedirectURIs", "%s clients need at least one", client.IntegrationType)
	}
	for _, uri := range client.RedirectURIs {
		if problem := redirectProblem(uri, client.ApplicationType, environment); problem != "" {
			report("RedirectURIs", "%s %s", errtext.Quoted(uri), problem)
		}
	}
	if client.FrontchannelLogoutURI != "" && !sharesOrigin(client.FrontchannelLogoutURI, client.RedirectURIs) {
		report("FrontchannelLogoutURI", "must share scheme, host and port with a redirect URI")
	}
}

func redirectProblem(uri string, application ApplicationType, environment Environment) string {
	u, err := url.Parse(uri)
	switch {
	case err != nil || u.Scheme == "":
		return "is no absolute URI"
	case strings.Contains(uri, "#"):
		return "must not hold a fragment"
	case application == ApplicationTypeNative:
		return "" // any scheme, anywhere
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return "must be http or https with a host"
	}
	local := strings.EqualFold(u.Hostname(), "localhost")
	switch environment {
	case Prod:
		if local || u.Scheme == "http" {
			return "must be https, and not localhost, in production"
		}
	case Test, Ver1, Ver2:
		if local && u.Scheme != "http" {
			return "must be http for localhost in the test environments"
		}
	}
	return ""
}

func sharesOrigin(uri string, others []string) bool {
	origin, ok := originOf(uri)
	return ok && slices.ContainsFunc(others, func(other string) bool {
		o, ok := originOf(other)
		return ok && o == origin
	})
}

// originOf returns scheme, host and port, the default port written out.
func originOf(uri string) (string, bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme == "" || u.Hostname() == "" {
		return "", false
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return strings.ToLower(u.Scheme + "://" + u.Hostname() + ":" + port), true
}
