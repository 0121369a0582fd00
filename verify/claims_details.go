package verify

import (
	"strings"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

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

// readConsent reads what it can: providers who don't ask for consents aren't
// to refuse a token for one that has changed.
func readConsent(o strictjson.Object) *Consent {
	return &Consent{
		ID: textOf(o, "id"), From: maskinporten.NewPersonal(textOf(o, "from")),
		To: readRecipient(o.Get("to")), HandledBy: readRecipient(o.Get("handledBy")),
		Consented: timeOf(o, "consented"), ValidTo: timeOf(o, "validTo"),
		Rights: readAll(o.Get("consentRights"), readRight),
	}
}

// readRecipient reads an organisation as tokens name it, or as Altinn does.
func readRecipient(raw []byte) Organization {
	const urn = "urn:altinn:organization:identifier-no:"
	var organization Organization
	var err error
	if name, isText := strictjson.Text(raw); isText == nil {
		organization, err = newOrganization(AuthorityISO6523, iso6523Prefix+strings.TrimPrefix(name, urn))
	} else {
		organization, err = readOrganization(raw)
	}
	if err != nil {
		return Organization{}
	}
	return organization
}

func readRight(o strictjson.Object) ConsentRight {
	right := ConsentRight{
		Resources: readAll(o.Get("resource"), func(o strictjson.Object) ConsentResource {
			return ConsentResource{Type: textOf(o, "type"), Value: textOf(o, "value")}
		}),
	}
	right.Actions, _ = strictjson.Texts(o.Get("action"))
	for _, name := range []string{"metadata", "metaData"} { // both are seen
		members, _ := strictjson.Parse(o.Get(name), tokenBounds)
		for _, member := range members {
			if right.Metadata == nil {
				right.Metadata = map[string]maskinporten.Personal{}
			}
			value, err := strictjson.Text(member.Value)
			if err != nil {
				value = string(member.Value)
			}
			right.Metadata[string(member.Name)] = maskinporten.NewPersonal(value)
		}
	}
	return right
}
