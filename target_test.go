package maskinporten_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func TestOnlyTheAddressesThatAreUsedAreAskedFor(t *testing.T) {
	t.Parallel()
	b := &backend{}
	use := maskinporten.WithHTTPClient(b.http())
	noAPI := maskinporten.Endpoints{Issuer: backendIssuer, Token: backendIssuer + "token"}
	auth := check.Got(maskinporten.NewAuthenticator(noAPI, fileCredentials(t), use))(t)
	check.Same(t, "token-1", mustToken(t.Context(), t, auth), "token")
	noToken := maskinporten.Endpoints{Issuer: backendIssuer, API: backendAPI}
	nothing := maskinporten.Endpoints{Issuer: backendIssuer}
	for what, test := range map[string]struct {
		err  error
		want string
	}{
		"New without an API":                                 {ignored(maskinporten.New(noAPI, fileCredentials(t), use)), "Endpoints.API"},
		"New without a token endpoint":                       {ignored(maskinporten.New(noToken, fileCredentials(t), use)), "Endpoints.Token"},
		"New without one, where others authenticate":         {ignored(maskinporten.New(noToken, maskinporten.Credentials{}, use, maskinporten.WithExternalAuth())), ""},
		"NewAuthenticator without a token endpoint":          {ignored(maskinporten.NewAuthenticator(nothing, fileCredentials(t), use)), "IssuerAt"},
		"the issuer alone, which is all that providers need": {ignored(nothing.Endpoints()), ""},
	} {
		if err := test.err; (err != nil) != (test.want != "") || err != nil && (!errors.Is(err, maskinporten.ErrInvalidArgument) || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: error %v", what, err)
		}
	}
}

func TestAnIssuerIsEnoughToFindItsTokenEndpoint(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		issuer   string
		metadata reply
		want     string
	}{
		"from its metadata":               {backendIssuer, metadata(backendIssuer, backendIssuer+"v2/token"), "moved-1"},
		"by habit":                        {backendIssuer, reply{status: 404}, "token-1"},
		"by habit, without a slash":       {strings.TrimSuffix(backendIssuer, "/"), reply{status: 404}, "token-1"},
		"by habit, where metadata is odd": {backendIssuer, metadata(backendIssuer, "https://evil.example.test/token"), "token-1"},
	} {
		inBubble(t, what, func(t *testing.T) {
			b, _ := discovering(func(int) reply { return test.metadata })
			auth := check.Got(maskinporten.NewAuthenticator(maskinporten.IssuerAt(test.issuer), fileCredentials(t), maskinporten.WithHTTPClient(b.http())))(t)
			check.Same(t, test.want, mustToken(t.Context(), t, auth), "token")
			for _, grant := range b.seenGrants() {
				if grant.Claims["aud"] != test.issuer {
					t.Errorf("aud %v", grant.Claims["aud"])
				}
			}
			time.Sleep(time.Second)
		})
	}
	for _, issuer := range []string{"", "skyporten.no", "https://skyporten.no ", "https://me:hush@skyporten.no"} {
		if _, err := maskinporten.IssuerAt(issuer).Endpoints(); !errors.Is(err, maskinporten.ErrInvalidArgument) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%q: error %v", issuer, err)
		}
	}
}
