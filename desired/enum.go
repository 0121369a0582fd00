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
		return texts(maskinporten.VisibilityPublic, maskinporten.VisibilityPrivate)
	case reflect.TypeFor[maskinporten.TokenType]():
		return texts(maskinporten.TokenTypeSelfContained, maskinporten.TokenTypeOpaque)
	case reflect.TypeFor[maskinporten.IntegrationType]():
		return texts(maskinporten.IntegrationTypeMaskinporten, maskinporten.IntegrationTypeKRR, maskinporten.IntegrationTypeIDPorten,
			maskinporten.IntegrationTypeAPIClient, maskinporten.IntegrationTypeAnsattporten, maskinporten.IntegrationTypeEFormidling, maskinporten.IntegrationTypeIDPortenSAML2)
	case reflect.TypeFor[maskinporten.ApplicationType]():
		return texts(maskinporten.ApplicationTypeWeb, maskinporten.ApplicationTypeBrowser, maskinporten.ApplicationTypeNative)
	case reflect.TypeFor[maskinporten.GrantType]():
		return texts(maskinporten.GrantTypeJWTBearer, maskinporten.GrantTypeAuthorizationCode, maskinporten.GrantTypeRefreshToken, maskinporten.GrantTypeImplicit)
	case reflect.TypeFor[maskinporten.AuthMethod]():
		return texts(maskinporten.AuthMethodPrivateKeyJWT, maskinporten.AuthMethodSecretPost, maskinporten.AuthMethodSecretBasic, maskinporten.AuthMethodNone)
	case reflect.TypeFor[maskinporten.RefreshTokenUsage]():
		return texts(maskinporten.RefreshTokenOneTime, maskinporten.RefreshTokenReuse)
	case reflect.TypeFor[maskinporten.CodeChallengeMethod]():
		return texts(maskinporten.CodeChallengeS256, maskinporten.CodeChallengeNone)
	}
	return nil
}

func texts[T ~string](values ...T) []string {
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
