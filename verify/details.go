package verify

import (
	"encoding/json"
	"strings"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

// AuthorizationDetail is an element of authorization_details (RFC 9396).
type AuthorizationDetail struct {
	// Type tells what it is, such as
	// [maskinporten.AuthorizationTypeSystemUser].
	Type string
	// SystemUser is set for a system user.
	SystemUser *SystemUser
	// Raw is the whole detail, for what isn't read here (consents, and types
	// to come).
	Raw json.RawMessage
}

// SystemUser is a system user in Altinn, on whose behalf a system calls.
type SystemUser struct {
	// Organization owns the system user.
	Organization Organization
	// IDs are the system user's; there is at least one.
	IDs []string
	// SystemID is the system that the system user belongs to.
	SystemID string
}

// String leaves the details out: consents name persons.
func (d AuthorizationDetail) String() string { return d.Type }

func readDetails(c *Claims) error {
	raw := c.all.Get("authorization_details")
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

func readDetail(raw json.RawMessage) (AuthorizationDetail, error) {
	o, err := strictjson.Parse(raw, tokenBounds)
	if err != nil {
		return AuthorizationDetail{}, err
	}
	detail := AuthorizationDetail{Raw: raw}
	if detail.Type, err = strictjson.Text(o.Get("type")); err != nil {
		return AuthorizationDetail{}, err
	}
	if detail.Type == maskinporten.AuthorizationTypeSystemUser {
		detail.SystemUser, err = readSystemUser(o)
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
	if raw := o.Get("system_id"); raw != nil {
		if user.SystemID, err = strictjson.Text(raw); err != nil {
			return nil, err
		}
	}
	return &user, nil
}
