package desired

import (
	"reflect"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten"
)

// known are the values that Digdir documents, by type. The service may come
// to know more, so that others are not refused.
func known(t reflect.Type) []string {
	switch t {
	case reflect.TypeFor[maskinporten.Visibility]():
		return words(maskinporten.VisibilityPublic, maskinporten.VisibilityPrivate)
	case reflect.TypeFor[maskinporten.TokenType]():
		return words(maskinporten.TokenTypeSelfContained, maskinporten.TokenTypeOpaque)
	case reflect.TypeFor[maskinporten.IntegrationType]():
		return words(maskinporten.IntegrationTypeMaskinporten, maskinporten.IntegrationTypeKRR, maskinporten.IntegrationTypeIDPorten,
			maskinporten.IntegrationTypeAPIClient, maskinporten.IntegrationTypeAnsattporten, maskinporten.IntegrationTypeEFormidling, maskinporten.IntegrationTypeIDPortenSAML2)
	case reflect.TypeFor[maskinporten.ApplicationType]():
		return words(maskinporten.ApplicationTypeWeb, maskinporten.ApplicationTypeBrowser, maskinporten.ApplicationTypeNative)
	case reflect.TypeFor[maskinporten.GrantType]():
		return words(maskinporten.GrantTypeJWTBearer, maskinporten.GrantTypeAuthorizationCode, maskinporten.GrantTypeRefreshToken, maskinporten.GrantTypeImplicit)
	case reflect.TypeFor[maskinporten.AuthMethod]():
		return words(maskinporten.AuthMethodPrivateKeyJWT, maskinporten.AuthMethodSecretPost, maskinporten.AuthMethodSecretBasic, maskinporten.AuthMethodNone)
	case reflect.TypeFor[maskinporten.RefreshTokenUsage]():
		return words(maskinporten.RefreshTokenOneTime, maskinporten.RefreshTokenReuse)
	case reflect.TypeFor[maskinporten.CodeChallengeMethod]():
		return words(maskinporten.CodeChallengeS256, maskinporten.CodeChallengeNone)
	}
	return nil
}

func words[T ~string](values ...T) []string {
	all := make([]string, len(values))
	for i, value := range values {
		all[i] = string(value)
	}
	return all
}

// spelling returns the known value that was meant, where one was written in
// other letters.
func spelling(v reflect.Value) string {
	if v.Kind() != reflect.String {
		return ""
	}
	values := known(v.Type())
	if slices.Contains(values, v.String()) {
		return ""
	}
	for _, value := range values {
		if strings.EqualFold(value, v.String()) {
			return value
		}
	}
	return ""
}
