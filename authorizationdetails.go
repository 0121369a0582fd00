package maskinporten

import "encoding/json"

// AuthorizationDetail is one element of authorization_details (RFC 9396) in a
// token request: a [SystemUser] or a [Consent].
type AuthorizationDetail interface {
	check() error
	claim() any // as the grant carries it
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

// MarshalJSON writes it as the grant carries it.
func (u SystemUser) MarshalJSON() ([]byte, error) { return json.Marshal(u.claim()) }

// orgID is how tokens and grants name an organisation.
type orgID struct {
	Authority string `json:"authority"`
	ID        string `json:"ID"`
}

// Consent asks for a token on the strength of a consent given in Altinn.
type Consent struct {
	// ID of the consent.
	ID string
	// From gave it, such as "urn:altinn:person:identifier-no:…".
	From string
}

func (c Consent) check() error {
	switch {
	case c.ID == "":
		return invalidArgument("Token", "Consent.ID", "is empty")
	case c.From == "":
		return invalidArgument("Token", "Consent.From", "is empty: name the person or organisation that gave the consent")
	}
	return nil
}

func (c Consent) claim() any {
	return struct {
		Type string `json:"type"`
		ID   string `json:"id"`
		From string `json:"from"`
	}{AuthorizationTypeConsent, c.ID, c.From}
}
