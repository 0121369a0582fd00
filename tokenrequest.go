package maskinporten

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// TokenRequest says what a token is wanted for. Scopes is required, the rest
// optional. The claims of the grant are made of it. fmt, slog and JSON show it
// without the national identity number.
type TokenRequest struct {
	// Scopes that the client has registered, each by itself.
	Scopes []string
	// Resource becomes the token's aud (RFC 8707), for APIs that ask for it.
	Resource []string
	// ConsumerOrg is the organisation to act for as its supplier; it must
	// have delegated the scopes in Altinn. Not together with OnBehalfOf.
	ConsumerOrg OrgNo
	// PID is a national identity number (11 digits) that is copied to the
	// token.
	PID string
	// OnBehalfOf is a value registered on the client (iss_onbehalfof).
	OnBehalfOf string
	// AuthorizationDetails is a [SystemUser] or a [Consent] (RFC 9396), or
	// nil.
	AuthorizationDetails AuthorizationDetail
}

// checked refuses what the token endpoint would refuse, before anything is
// sent.
func (r TokenRequest) checked() (TokenRequest, error) {
	r.AuthorizationDetails = detailValue(r.AuthorizationDetails)
	return r, r.check()
}

// clone is a copy apart from what the caller goes on using.
func (r TokenRequest) clone() TokenRequest {
	r.Scopes, r.Resource = slices.Clone(r.Scopes), slices.Clone(r.Resource)
	return r
}

func (r TokenRequest) check() error {
	const name = "Token"
	if len(r.Scopes) == 0 {
		return invalidArgument(name, "Scopes", "is empty: name at least one scope")
	}
	for _, scope := range r.Scopes {
		if scope == "" || strings.ContainsFunc(scope, notInScope) {
			return invalidArgument(name, "Scopes", fmt.Sprintf("%.80q is not one scope: name each by itself, without blanks, quotes or backslashes", scope))
		}
	}
	if slices.Contains(r.Resource, "") {
		return invalidArgument(name, "Resource", "holds an empty one")
	}
	if r.ConsumerOrg != "" {
		if err := checkOrgNo(name, "ConsumerOrg", r.ConsumerOrg); err != nil {
			return err
		}
		if r.OnBehalfOf != "" {
			return invalidArgument(name, "OnBehalfOf", "cannot be combined with ConsumerOrg: leave one out")
		}
	}
	if r.PID != "" && (len(r.PID) != 11 || strings.Trim(r.PID, "0123456789") != "") {
		return invalidArgument(name, "PID", "a national identity number has 11 digits") // never repeated: it is personal
	}
	if r.AuthorizationDetails != nil {
		return r.AuthorizationDetails.check()
	}
	return nil
}

// notInScope tells what a scope can't hold (RFC 6749, 3.3).
func notInScope(c rune) bool { return c <= ' ' || c >= 0x7f || c == '"' || c == '\\' }

// scopeSet is the scopes sorted and without doubles, as a grant carries them.
func (r TokenRequest) scopeSet() string {
	if len(r.Scopes) == 1 {
		return r.Scopes[0]
	}
	sorted := slices.Clone(r.Scopes)
	slices.Sort(sorted)
	return strings.Join(slices.Compact(sorted), " ")
}

// cacheKey holds everything that distinguishes the tokens of one client and
// key. Resources keep their order, since it shows in the token.
func (r TokenRequest) cacheKey() string {
	var details string
	if r.AuthorizationDetails != nil {
		encoded, _ := json.Marshal(r.AuthorizationDetails.claim()) // plain strings, checked before
		details = string(encoded)
	}
	if len(r.Resource) == 0 && r.ConsumerOrg == "" && r.PID == "" && r.OnBehalfOf == "" && details == "" {
		return r.scopeSet()
	}
	parts, _ := json.Marshal(append([]string{r.scopeSet(), string(r.ConsumerOrg), r.PID, r.OnBehalfOf, details}, r.Resource...))
	return string(parts)
}
