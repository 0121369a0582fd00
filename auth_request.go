package maskinporten

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/token"
)

// TokenRequest says what a token is wanted for. Scopes is required, the rest
// optional. The claims of the grant are made of it.
type TokenRequest struct {
	// Scopes that the client has registered, each by itself.
	Scopes []string
	// Resource becomes the token's aud (RFC 8707), for APIs that ask for it.
	Resource []string
	// ConsumerOrg is the organisation to act for as its supplier; it must
	// have delegated the scopes in Altinn. Not together with OnBehalfOf.
	ConsumerOrg OrgNo
	// PID is a national identity number (11 digits) that is copied to the
	// token; see [NewPersonal].
	PID Personal
	// OnBehalfOf is a value registered on the client (iss_onbehalfof).
	OnBehalfOf string
	// AuthorizationDetails is a [SystemUser] or a [Consent] (RFC 9396), or
	// nil.
	AuthorizationDetails AuthorizationDetail
	// MinLife is how much life the token has left at least when it is handed
	// out, if that is more than [WithMinTokenLife] and the default ask for; see
	// there. It makes no other token.
	MinLife time.Duration
}

// Check refuses a request that can't be right with an [*ArgumentError], as
// [Authenticator.Token] does before it sends anything.
func (r TokenRequest) Check() error {
	_, err := r.checked()
	return err
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
	if r.MinLife < 0 {
		return invalidArgument(name, "MinLife", "is negative")
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
	if pid := r.PID.Reveal(); pid != "" && (len(pid) != 11 || strings.Trim(pid, "0123456789") != "") {
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

// forEngine is a request that was checked, as the grant's claims say it.
func (r TokenRequest) forEngine() token.Request {
	request := token.Request{
		Scope: r.scopeSet(), Resource: r.Resource, ConsumerOrg: string(r.ConsumerOrg), OnBehalfOf: r.OnBehalfOf, MinLife: r.MinLife,
		PID: r.PID.value,
	}
	if r.AuthorizationDetails != nil {
		request.Details = r.AuthorizationDetails.claim()
	}
	return request
}

// AuthorizationDetail is one element of authorization_details (RFC 9396) in a
// token request: a [SystemUser] or a [Consent].
type AuthorizationDetail interface {
	check() error
	claim() any // as the grant carries it; a person in it is a pointer, which fmt doesn't follow
}

// detailValue takes a pointer for what it points to, and a nil one for
// nothing, so that neither a change nor an absence comes as a surprise later.
func detailValue(detail AuthorizationDetail) AuthorizationDetail {
	switch d := detail.(type) {
	case *SystemUser:
		if d == nil {
			return nil
		}
		return *d
	case *Consent:
		if d == nil {
			return nil
		}
		return *d
	}
	return detail
}

// The types of authorization details.
const (
	AuthorizationTypeSystemUser = "urn:altinn:systemuser"
	AuthorizationTypeConsent    = "urn:altinn:consent"
)

// iso6523Authority names the register in which organisation numbers are
// written with the prefix 0192.
const iso6523Authority = "iso6523-actorid-upis"

// SystemUser asks for a token on behalf of a system user that a customer has
// in Altinn.
type SystemUser struct {
	// OrgNo is the customer, who owns the system user.
	OrgNo OrgNo
	// ExternalRef tells several system users of one customer apart. Optional.
	ExternalRef string
}

func (u SystemUser) check() error { return checkOrgNo("Token", "SystemUser.OrgNo", u.OrgNo) }

func (u SystemUser) claim() any {
	return struct {
		Type  string `json:"type"`
		OrgNo orgID  `json:"systemuser_org"`
		Ref   string `json:"externalRef,omitzero"`
	}{AuthorizationTypeSystemUser, orgID{iso6523Authority, u.OrgNo.ISO6523()}, u.ExternalRef}
}

// orgID is how tokens and grants name an organisation.
type orgID struct {
	Authority string `json:"authority"`
	ID        string `json:"ID"`
}

// Consent asks for a token on the strength of a consent given in Altinn.
type Consent struct {
	// ID of the consent.
	ID string
	// From gave it, a person or an organisation, such as
	// NewPersonal("urn:altinn:person:identifier-no:…").
	From Personal
}

func (c Consent) check() error {
	switch {
	case c.ID == "":
		return invalidArgument("Token", "Consent.ID", "is empty")
	case c.From.IsZero():
		return invalidArgument("Token", "Consent.From", "is empty: name the person or organisation that gave the consent")
	}
	return nil
}

func (c Consent) claim() any {
	return struct {
		Type string  `json:"type"`
		ID   string  `json:"id"`
		From *string `json:"from"`
	}{AuthorizationTypeConsent, c.ID, c.From.value}
}
