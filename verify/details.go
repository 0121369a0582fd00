package verify

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

// AuthorizationDetail is an element of authorization_details (RFC 9396).
type AuthorizationDetail struct {
	// Type tells what it is, such as
	// [maskinporten.AuthorizationTypeSystemUser].
	Type string
	// SystemUser is set for a system user, Consent for a consent.
	SystemUser *SystemUser
	Consent    *Consent

	raw *string // a pointer to text, which fmt doesn't follow
}

// Decode decodes the whole detail into v as [json.Unmarshal] does, for types
// and members that aren't read here. Consents name persons: log none of it.
func (d AuthorizationDetail) Decode(v any) error {
	if d.raw == nil {
		return json.Unmarshal([]byte(`{}`), v)
	}
	return json.Unmarshal([]byte(*d.raw), v)
}

// SystemUser is a system user in Altinn, on whose behalf a system calls.
type SystemUser struct {
	// Organization owns the system user.
	Organization Organization
	// IDs are the system user's; there is at least one.
	IDs []string
	// SystemID is the system that the system user belongs to.
	SystemID string
	// ExternalRef is what the system's vendor calls the system user; empty in
	// older tokens.
	ExternalRef string
}

// clone copies what a caller could change.
func (d AuthorizationDetail) clone() AuthorizationDetail {
	if d.SystemUser != nil {
		user := *d.SystemUser
		user.IDs = slices.Clone(user.IDs)
		d.SystemUser = &user
	}
	if d.Consent != nil {
		d.Consent = d.Consent.clone()
	}
	return d
}

// String leaves the details out: consents name persons.
func (d AuthorizationDetail) String() string { return d.Type }

func readDetails(c *Claims, o strictjson.Object) error {
	raw := o.Get("authorization_details")
	if raw == nil {
		return nil
	}
	elements, err := strictjson.Elements(raw)
	if err != nil {
		return refuse(ReasonDetailsMalformed)
	}
	for _, element := range elements {
		detail, err := readDetail(element)
		if err != nil {
			return refuse(ReasonDetailsMalformed)
		}
		c.AuthorizationDetails = append(c.AuthorizationDetails, detail)
	}
	return nil
}

func readDetail(raw []byte) (AuthorizationDetail, error) {
	o, err := strictjson.Parse(raw, tokenBounds)
	if err != nil {
		return AuthorizationDetail{}, err
	}
	detail := AuthorizationDetail{raw: new(string(raw))}
	if detail.Type, err = strictjson.Text(o.Get("type")); err != nil {
		return AuthorizationDetail{}, err
	}
	switch detail.Type {
	case maskinporten.AuthorizationTypeSystemUser:
		detail.SystemUser, err = readSystemUser(o)
	case maskinporten.AuthorizationTypeConsent:
		detail.Consent = readConsent(o)
	}
	return detail, err
}

func readSystemUser(o strictjson.Object) (*SystemUser, error) {
	var user SystemUser
	var err error
	if user.Organization, err = readOrganization(o.Get("systemuser_org")); err != nil {
		return nil, err
	}
	if user.IDs, err = strictjson.Texts(o.Get("systemuser_id")); err != nil {
		return nil, err
	}
	if len(user.IDs) == 0 || strings.Join(user.IDs, "") == "" {
		return nil, refuse(ReasonDetailsMalformed)
	}
	for name, into := range map[string]*string{"system_id": &user.SystemID, "externalRef": &user.ExternalRef} {
		if raw := o.Get(name); raw != nil {
			if *into, err = strictjson.Text(raw); err != nil {
				return nil, err
			}
		}
	}
	return &user, nil
}
