package issuer

import "cmp"

// systemUserDetail is what a token says of a system user.
type systemUserDetail struct {
	Type          string   `json:"type"`
	SystemUserOrg party    `json:"systemuser_org"`
	SystemUserID  []string `json:"systemuser_id"`
	SystemID      string   `json:"system_id"`
	ExternalRef   string   `json:"externalRef,omitzero"`
}

// checkDetails finds out what the token has to say about the grant's
// authorization details.
func (t *tokenRequest) checkDetails() error {
	for _, sent := range t.grant.details {
		found, err := t.checkDetail(detail{sent})
		if err != nil {
			return err
		}
		t.details = append(t.details, found)
	}
	return nil
}

func (t *tokenRequest) checkDetail(d detail) (any, error) {
	kind, err := text(d.Get("type"))
	if err != nil {
		return nil, refuse(unknownDetailType, "the type is no string", "(no string)")
	}
	switch kind {
	case typeSystemUser:
		return t.checkSystemUser(d)
	case typeConsent:
		return t.checkConsent(d)
	default:
		return nil, refuse(unknownDetailType, "the type is "+quote(kind), kind)
	}
}

func (t *tokenRequest) checkSystemUser(d detail) (any, error) {
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
	user, ok := t.config.Registry.SystemUser(t.client.ClientOrgNo, customer, reference)
	if !ok {
		return nil, noneFits("System user not found", "organisation "+customer+" has no system user "+
			quote(cmp.Or(reference, customer))+" with the vendor "+t.client.ClientOrgNo)
	}
	return systemUserDetail{
		Type: typeSystemUser, SystemUserOrg: newParty(customer), SystemUserID: []string{user.ID}, SystemID: user.SystemID,
		ExternalRef: cmp.Or(reference, user.ExternalRef),
	}, nil
}
