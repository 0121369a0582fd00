package issuer

import "time"

// checkConsent finds the consent that a grant's detail names.
func (t *tokenRequest) checkConsent(d detail) (any, error) {
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
	consent, ok := t.consent(id)
	switch {
	case !ok:
		return nil, noneFits("Consent not found", "nobody told the mock of a consent "+quote(id))
	case consent.From != "" && consent.From != from:
		return nil, noneFits("Consent not found", "the consent "+quote(id)+" is not from whom the grant names")
	case consent.To != "" && consent.To != t.party.consumer:
		return nil, noneFits("Consent not found", "the consent "+quote(id)+" is to "+consent.To)
	}
	return consent.asked(from, t.party.consumer, t.now), nil
}

// asked is a consent as a token has it, with all that the mock wasn't told.
func (c Consent) asked(from, to string, now time.Time) tokenConsent {
	c.From, c.To = from, to
	if c.Consented.IsZero() {
		c.Consented = now.UTC().Truncate(time.Second)
	}
	if c.ValidTo.IsZero() {
		c.ValidTo = c.Consented.AddDate(1, 0, 0)
	}
	if len(c.Rights) == 0 {
		c.Rights = []byte("[]")
	}
	return tokenConsent(c)
}
