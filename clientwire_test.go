package maskinporten_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func TestJSONWebKeyOnTheWire(t *testing.T) {
	t.Parallel()
	var want maskinporten.JSONWebKey
	want.KeyType, want.Use, want.Algorithm, want.E = "RSA", "sig", "RS256", "AQAB"
	want.KeyID = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
	want.N = rfc7638Modulus
	want.Exp = 1782985596
	want.Created, want.LastUpdated = instant(t, "2025-07-02T09:46:36.123456Z"), instant(t, "2025-07-02T11:46:36.5+02:00")
	roundTrip(t, "jsonwebkey.json", want)
	if got, want := want.Expires(), time.Date(2026, time.July, 2, 9, 46, 36, 0, time.UTC); !got.Equal(want) {
		t.Errorf("expires %v, want %v", got, want)
	}
}

func TestOnBehalfOfOnTheWire(t *testing.T) {
	t.Parallel()
	roundTrip(t, "onbehalfof.json", maskinporten.OnBehalfOf{
		OnBehalfOf: "oslo", Name: "Oslo kommune", OrgNo: "958935420", OrganizationName: "OSLO KOMMUNE",
		Description: "Signs in the citizens of Oslo", URI: "https://www.oslo.kommune.no",
		LogoURI: "https://www.oslo.kommune.no/logo.svg",
		Created: instant(t, "2023-02-01T12:00:00+01:00"), LastUpdated: instant(t, "2025-07-02T08:30:00.25Z"),
	})
}

func TestMaskinportenClientOnTheWire(t *testing.T) {
	t.Parallel()
	roundTrip(t, "client.json", maskinporten.ClientRegistration{
		ClientID: "0f3f1b4e-63f1-4f53-9a0e-5b1f6a6d9c11", Name: "Case handling", ClientOrgNo: "889640782",
		Description: "Reads the tax office's API", Active: true,
		ApplicationType: maskinporten.ApplicationTypeWeb, IntegrationType: maskinporten.IntegrationTypeMaskinporten,
		Scopes:                  []string{"difi:api3", "difi:api/v3.read"},
		GrantTypes:              []maskinporten.GrantType{maskinporten.GrantTypeJWTBearer},
		TokenEndpointAuthMethod: maskinporten.AuthMethodPrivateKeyJWT, AccessTokenLifetime: 120,
		Created: instant(t, "2025-07-02T08:30:00.000000001Z"), LastUpdated: instant(t, "2025-07-02T08:30:00.597Z"),
		JWKS: &maskinporten.JSONWebKeySet{Keys: []maskinporten.JSONWebKey{
			{KeyType: "RSA", KeyID: "2025-07", Use: "sig", Algorithm: "RS512", N: "sXch", E: "AQAB", Exp: 1782981000},
		}},
	})
}

func TestLoginClientOnTheWire(t *testing.T) {
	t.Parallel()
	roundTrip(t, "client_login.json", maskinporten.ClientRegistration{
		ClientID: "oidc_difi_testklient", Name: "Portal", ClientOrgNo: "889640782", SupplierOrgNo: "910753614",
		Description:     "Signs citizens in",
		ApplicationType: maskinporten.ApplicationTypeWeb, IntegrationType: maskinporten.IntegrationTypeIDPorten,
		Scopes:                  []string{"openid", "profile"},
		GrantTypes:              []maskinporten.GrantType{maskinporten.GrantTypeAuthorizationCode, maskinporten.GrantTypeRefreshToken},
		TokenEndpointAuthMethod: maskinporten.AuthMethodSecretBasic,
		AccessTokenLifetime:     600, RefreshTokenLifetime: 600, AuthorizationLifetime: 7200,
		RefreshTokenUsage:     maskinporten.RefreshTokenOneTime,
		RedirectURIs:          []string{"https://portal.example.no/callback"},
		FrontchannelLogoutURI: "https://portal.example.no/logout", FrontchannelLogoutSessionRequired: true,
		PostLogoutRedirectURIs: []string{"https://portal.example.no/bye"},
		SSODisabled:            new(false), CodeChallengeMethod: maskinporten.CodeChallengeS256,
		ClientURI: "https://portal.example.no", LogoURI: "https://portal.example.no/logo.svg",
		Created: instant(t, "2023-02-01T12:00:00+01:00"), LastUpdated: instant(t, "2025-07-02T08:30:00Z"),
		JWKSURI:    "https://portal.example.no/jwks.json",
		OnBehalfOf: []maskinporten.OnBehalfOf{{OnBehalfOf: "oslo", Name: "Oslo kommune", OrgNo: "958935420"}},
	})
}

func TestTheClientSecretIsDecodedButNeverEncoded(t *testing.T) {
	t.Parallel()
	var client maskinporten.ClientRegistration
	check.OK(t, json.Unmarshal([]byte(`{"client_id":"a","client_secret":"hush-hush","other":1}`), &client))
	check.Same(t, "hush-hush", client.ClientSecret.Reveal(), "revealed")
	if _, kept := client.Extra["client_secret"]; kept {
		t.Error("the secret is kept in Extra")
	}
	encoded := check.Got(json.Marshal(client))(t)
	sameJSON(t, `{"active":false,"client_id":"a","other":1}`, string(encoded))
}

func TestAMalformedClientIsAnErrorThatDoesNotQuoteTheSecret(t *testing.T) {
	t.Parallel()
	for what, document := range map[string]string{
		"no object":      `[]`,
		"wrong type":     `{"client_id":1}`,
		"secret no text": `{"client_secret":["hush-hush"]}`,
	} {
		var client maskinporten.ClientRegistration
		err := json.Unmarshal([]byte(document), &client)
		if err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: error %v", what, err)
		}
	}
}
