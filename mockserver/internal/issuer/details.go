package issuer

import (
	"maps"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten"
)

// The types of authorization details.
const (
	typeSystemUser = "urn:altinn:systemuser"
	typeConsent    = "urn:altinn:consent"
)

// actorID is the scheme in which tokens and system users name organisations.
const actorID = "iso6523-actorid-upis"

// party is an organisation as tokens name it.
type party struct {
	Authority string `json:"authority"`
	ID        string `json:"ID"`
}

func newParty(orgno string) party {
	return party{Authority: actorID, ID: maskinporten.OrgNo(orgno).ISO6523()}
}

// systemUserDetail is what a token says of a system user.
type systemUserDetail struct {
	Type          string   `json:"type"`
	SystemUserOrg party    `json:"systemuser_org"`
	SystemUserID  []string `json:"systemuser_id"`
	SystemID      string   `json:"system_id"`
}

// detail is an authorization detail of a grant, while it is looked at.
type detail struct{ object }

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
	kind, err := d.text("type")
	if err != nil {
		return nil, refuse(unknownDetailType, "the type is no string", "(no string)")
	}
	switch kind {
	case typeSystemUser:
		return e.systemUser(d)
	case typeConsent:
		return e.consent(d)
	default:
		return nil, refuse(unknownDetailType, "the type is "+quote(kind), kind)
	}
}

func (e *exchange) systemUser(d detail) (any, error) {
	if err := d.only("", "type", "systemuser_org", "externalRef"); err != nil {
		return nil, err
	}
	orgno, err := d.organisation("systemuser_org")
	if err != nil {
		return nil, err
	}
	reference := ""
	if _, ok := d.object["externalRef"]; ok {
		if reference, err = d.value("externalRef"); err != nil {
			return nil, err
		}
	}
	user, ok := e.config.Registry.SystemUser(e.client.ClientOrgNo, orgno, reference)
	if !ok {
		return nil, refuse(invalidDetailValue, "organisation "+orgno+" has no system user "+quote(reference)+" with the vendor "+e.client.ClientOrgNo, "systemuser_org")
	}
	return systemUserDetail{Type: typeSystemUser, SystemUserOrg: newParty(orgno), SystemUserID: []string{user.ID}, SystemID: user.SystemID}, nil
}

func (e *exchange) consent(d detail) (any, error) {
	if err := d.only("", "type", "id", "from"); err != nil {
		return nil, err
	}
	id, err := d.value("id")
	if err != nil {
		return nil, err
	}
	from, err := d.value("from")
	if err != nil {
		return nil, err
	}
	consent := e.Consent(id)
	if consent.From != "" && consent.From != from {
		return nil, refuse(invalidDetailValue, "the consent "+quote(id)+" is not from "+quote(from), "from")
	}
	return consent.detail(from), nil
}

// only refuses members other than these. Within is the name of the object
// they belong to, with a point; empty for the detail itself.
func (d detail) only(within string, names ...string) error {
	var unknown []string
	for _, name := range slices.Sorted(maps.Keys(d.object)) {
		if !slices.Contains(names, name) {
			unknown = append(unknown, within+name)
		}
	}
	if len(unknown) > 0 {
		list := strings.Join(unknown, ", ")
		return refuse(unknownDetailFields, "it has the members "+quote(list), list)
	}
	return nil
}

// value returns a member that must be a string and not empty.
func (d detail) value(name string) (string, error) {
	value, err := d.text(name)
	if err != nil || value == "" {
		return "", refuse(invalidDetailValue, name+" is missing, empty or no string", name)
	}
	return value, nil
}

// organisation returns the number of a member such as
// {"authority":"iso6523-actorid-upis","ID":"0192:889640782"}.
func (d detail) organisation(name string) (string, error) {
	inner, err := parseObject(d.object[name])
	if err != nil {
		return "", refuse(invalidDetailValue, name+" is missing or no object", name)
	}
	organisation := detail{inner}
	if err := organisation.only(name+".", "authority", "ID"); err != nil {
		return "", err
	}
	if authority, err := organisation.text("authority"); err != nil || authority != actorID {
		return "", refuse(invalidDetailValue, "the authority is not "+actorID, name+".authority")
	}
	id, err := organisation.text("ID")
	if err != nil || !strings.HasPrefix(id, "0192:") {
		return "", refuse(invalidDetailValue, "the ID is not 0192: and an organisation number", name+".ID")
	}
	orgno, err := maskinporten.ParseOrgNo(id)
	if err != nil {
		return "", refuse(invalidDetailValue, "the ID: "+err.Error(), name+".ID")
	}
	return string(orgno), nil
}
