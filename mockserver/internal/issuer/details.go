package issuer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten/internal/strictjson"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/orgno"
)

// The types of authorization details.
const (
	typeSystemUser = "urn:altinn:systemuser"
	typeConsent    = "urn:altinn:consent"
)

// party is an organisation as tokens name it.
type party struct {
	Authority string `json:"authority"`
	ID        string `json:"ID"`
}

func newParty(number string) party {
	return party{Authority: orgno.Authority, ID: orgno.Qualified(number)}
}

// number is the organisation's; false if it is no organisation.
func (p party) number() (string, bool) {
	number, ok := orgno.FromQualified(p.ID)
	return number, ok && p.Authority == orgno.Authority
}

// systemUserDetail is what a token says of a system user.
type systemUserDetail struct {
	Type          string   `json:"type"`
	SystemUserOrg party    `json:"systemuser_org"`
	SystemUserID  []string `json:"systemuser_id"`
	SystemID      string   `json:"system_id"`
	ExternalRef   string   `json:"externalRef,omitzero"`
}

// detail is an authorization detail of a grant, while it is looked at.
type detail struct{ strictjson.Object }

// checkDetails finds out what the token has to say about the grant's
// authorization details.
func (e *exchange) checkDetails() error {
	for _, sent := range e.grant.details {
		found, err := e.checkDetail(detail{sent})
		if err != nil {
			return err
		}
		e.details = append(e.details, found)
	}
	return nil
}

func (e *exchange) checkDetail(d detail) (any, error) {
	kind, err := text(d.Get("type"))
	if err != nil {
		return nil, refuse(unknownDetailType, "the type is no string", "(no string)")
	}
	switch kind {
	case typeSystemUser:
		return e.checkSystemUser(d)
	case typeConsent:
		return e.checkConsent(d)
	default:
		return nil, refuse(unknownDetailType, "the type is "+quote(kind), kind)
	}
}

func (e *exchange) checkSystemUser(d detail) (any, error) {
	if err := d.only("", "type", "systemuser_org", "externalRef"); err != nil {
		return nil, err
	}
	customer, err := d.organisation("systemuser_org")
	if err != nil {
		return nil, err
	}
	reference := ""
	if d.Has("externalRef") {
		if reference, err = d.value("externalRef"); err != nil {
			return nil, err
		}
	}
	user, ok := e.config.Registry.SystemUser(e.client.ClientOrgNo, customer, reference)
	if !ok {
		return nil, noneFits("System user not found", "organisation "+customer+" has no system user "+
			quote(cmp.Or(reference, customer))+" with the vendor "+e.client.ClientOrgNo)
	}
	return systemUserDetail{
		Type: typeSystemUser, SystemUserOrg: newParty(customer), SystemUserID: []string{user.ID}, SystemID: user.SystemID,
		ExternalRef: cmp.Or(reference, user.ExternalRef),
	}, nil
}

// noneFits is the refusal where nothing in Altinn fits what the detail asks for.
func noneFits(answer, reason string) error { return refuse(noneInAltinn, reason, answer) }

// only refuses members other than these. Within is the name of the object
// they belong to, with a point; empty for the detail itself.
func (d detail) only(within string, names ...string) error {
	var unknown []string
	for _, member := range d.Object {
		if name := string(member.Name); !slices.Contains(names, name) {
			unknown = append(unknown, within+name)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		list := strings.Join(unknown, ", ")
		return refuse(unknownDetailFields, "it has the members "+quote(list), list)
	}
	return nil
}

// value returns a member that must be a string and not empty.
func (d detail) value(name string) (string, error) {
	value, err := text(d.Get(name))
	if err != nil || value == "" {
		return "", refuse(invalidDetailValue, name+" is missing, empty or no string", name)
	}
	return value, nil
}

// organisation returns the number of a member such as
// {"authority":"iso6523-actorid-upis","ID":"0192:889640782"}.
func (d detail) organisation(name string) (string, error) {
	inner, err := strictjson.Parse(d.Get(name), strictjson.Bounds{})
	if err != nil {
		return "", refuse(invalidDetailValue, name+" is missing or no object", name)
	}
	organisation := detail{inner}
	if err := organisation.only(name+".", "authority", "ID"); err != nil {
		return "", err
	}
	if authority, err := text(organisation.Get("authority")); err != nil || authority != orgno.Authority {
		return "", refuse(invalidDetailValue, "the authority is not "+orgno.Authority, name+".authority")
	}
	id, err := text(organisation.Get("ID"))
	number, ok := orgno.FromQualified(id)
	if err != nil || !ok {
		return "", refuse(invalidDetailValue, "the ID is not 0192: and an organisation number", name+".ID")
	}
	return number, nil
}
