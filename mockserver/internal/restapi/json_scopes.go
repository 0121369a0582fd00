package restapi

import "github.com/maskinporten-go/maskinporten/mockserver/internal/registry"

// appendScope appends a scope, with its translations as flat keys after the
// other fields.
func appendScope(b []byte, s *registry.Scope) []byte {
	b = appendText(append(b, `{"prefix":`...), s.Prefix)
	b = appendText(append(b, `,"subscope":`...), s.Subscope)
	b = appendIfText(b, `,"description":`, s.Description)
	b = appendIfText(b, `,"long_description":`, s.LongDescription)
	if s.AllowedIntegrationTypes != nil {
		b = appendTexts(append(b, `,"allowed_integration_types":`...), s.AllowedIntegrationTypes)
	}
	b = appendIfText(b, `,"token_type":`, s.TokenType)
	b = appendIfText(b, `,"visibility":`, s.Visibility)
	b = appendIfText(b, `,"delegation_source":`, s.DelegationSource)
	b = appendBool(b, `,"requires_user_consent":`, s.RequiresUserConsent)
	b = appendBool(b, `,"requires_user_authentication":`, s.RequiresUserAuthentication)
	b = appendBool(b, `,"requires_pseudonymous_tokens":`, s.RequiresPseudonymousTokens)
	b = appendNumber(b, `,"at_max_age":`, s.AtMaxAge)
	b = appendNumber(b, `,"authorization_max_lifetime":`, s.AuthorizationMaxLifetime)
	b = appendBool(b, `,"accessible_for_all":`, s.AccessibleForAll)
	b = appendIfText(b, `,"enforced_aud_for_access_token":`, s.EnforcedAudForAccessToken)
	b = appendBool(b, `,"supports_european_businesses":`, s.SupportsEuropeanBusinesses)
	b = appendText(append(b, `,"name":`...), s.Name)
	b = appendText(append(b, `,"owner_orgno":`...), s.OwnerOrgNo)
	b = appendBool(b, `,"active":`, s.Active)
	b = appendBool(b, `,"protected":`, s.Protected)
	b = appendTime(append(b, `,"created":`...), s.Created)
	b = appendTime(append(b, `,"last_updated":`...), s.LastUpdated)
	if len(s.Translations) > 0 {
		return append(append(b, ','), appendValue(nil, s.Translations)[1:]...)
	}
	return append(b, '}')
}
