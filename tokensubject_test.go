package maskinporten_test

import (
	"testing"

	"github.com/jarcoal/httpmock"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func TestARefusalSaysWhatItIsAbout(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		code, text, mp string
		want           maskinporten.TokenSubject
	}{
		{"invalid_request", "Invalid assertion. Invalid parameter value", "MP-011", maskinporten.SubjectRequest},
		{"invalid_grant", "Grant is used before", "MP-012", maskinporten.SubjectRequest},
		{"unsupported_grant_type", "no such grant", "", maskinporten.SubjectRequest},
		{"invalid_grant", "Client not found", "MP-100", maskinporten.SubjectClient},
		{"invalid_grant", "Unknown key identifier (kid) for client.", "", maskinporten.SubjectKey},
		{"invalid_grant", "Invalid JWT. The client requires pre-registered jwk and no key identifier (kid) provided", "", maskinporten.SubjectKey},
		{"invalid_grant", "Expired key.", "MP-121", maskinporten.SubjectKey},
		{"invalid_grant", "Invalid JWT signature.", "MP-124", maskinporten.SubjectKey},
		{"invalid_grant", "Invalid JWT claim aud.", "MP-110", maskinporten.SubjectAudience},
		{"invalid_grant", "The JWT is signed with an invalid certificate.", "MP-120", maskinporten.SubjectCertificate},
		{"invalid_grant", "Does not match certificate orgno", "MP-122", maskinporten.SubjectCertificate},
		{"invalid_grant", "Invalid JWT header x5c", "MP-123", maskinporten.SubjectCertificate},
		{"invalid_grant", "JWT is expired", "MP-130", maskinporten.SubjectTimes},
		{"invalid_grant", "Issue time is in the future.", "", maskinporten.SubjectTimes},
		{"invalid_grant", "JWT has too long lifetime.", "", maskinporten.SubjectTimes},
		{"invalid_scope", "Token request contains invalid scopes for client, difi:api", "MP-200", maskinporten.SubjectScope},
		{"invalid_scope", "Token request contains scopes not allowed for maskinporten", "MP-201", maskinporten.SubjectScope},
		{"forbidden", "Consumer has not been granted access to the scope difi:api.", "MP-250", maskinporten.SubjectAccess},
		{"invalid_scope", "Consumer has not been granted access to the scope difi:api.", "", maskinporten.SubjectAccess},
		{"forbidden", "Consumer 889640782 has not delegated access to the scope difi:api to supplier 910753614.", "MP-251", maskinporten.SubjectDelegation},
		{"invalid_request", "The combination consumer_org in claim and delegation scope on client is invalid", "", maskinporten.SubjectDelegation},
		{"invalid_authorization_details", "unknown type", "MP-301", maskinporten.SubjectDetails},
		{"invalid_authorization_details", "unknown fields", "MP-302", maskinporten.SubjectDetails},
		{"invalid_altinn_customer_configuration", "a text that changes", "MP-303", maskinporten.SubjectDetails},
		{"temporarily_unavailable", "come again", "", ""},
	} {
		t.Run(test.mp+" "+test.text, func(t *testing.T) {
			t.Parallel()
			uri := ""
			if test.mp != "" {
				uri = backendIssuer + "errors/" + test.mp
			}
			auth := tokenEndpointMock(t, httpmock.NewStringResponder(400, oauthError(test.code, test.text, uri)))
			_, err := auth.Token(t.Context(), forScope("difi:api"))
			check.Same(t, test.want, asTokenError(t, err).Subject(), "about")
		})
	}
}

func TestARequestIsCheckedAsATokenRequestIs(t *testing.T) {
	t.Parallel()
	if err := (maskinporten.TokenRequest{Scopes: []string{"difi:api"}}).Check(); err != nil {
		t.Errorf("a good request: %v", err)
	}
	for name, request := range map[string]maskinporten.TokenRequest{
		"no scopes":             {},
		"two scopes in one":     {Scopes: []string{"difi:a difi:b"}},
		"no customer":           {Scopes: []string{"difi:a"}, ConsumerOrg: "123456789"},
		"a pointer to a detail": {Scopes: []string{"difi:a"}, AuthorizationDetails: &maskinporten.SystemUser{}},
	} {
		err := request.Check()
		check.Is(t, maskinporten.ErrInvalidArgument, err, name)
	}
}
