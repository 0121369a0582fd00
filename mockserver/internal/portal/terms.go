package portal

// SignTerms records that the organisation signed the terms of use. Without,
// none of its users can sign up or sign in.
func (p *Portal) SignTerms(orgno string) error {
	return p.change(orgno, func(o *organization) error { o.termsSigned = true; return nil })
}

// WithdrawTerms ends the agreement: its users can no longer sign in, and
// sessions stop working.
func (p *Portal) WithdrawTerms(orgno string) error {
	return p.change(orgno, func(o *organization) error { o.termsSigned = false; return nil })
}

// TermsSigned reports whether an organisation has signed the terms. Of those
// that the portal has never heard of, nobody says that they haven't.
func (p *Portal) TermsSigned(orgno string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, ok := p.organizations[orgno]
	return !ok || o.termsSigned
}

// SignTermsAs signs the terms for an organisation in the name of the person with
// this mail address: one of its managers, or where it has none, anybody with an
// address of its domains. That comes before everything else, so nobody is signed
// in. Signing again changes nothing.
func (p *Portal) SignTermsAs(orgno, mail string) (Organization, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, ok := p.organizations[orgno]
	if !ok {
		return Organization{}, refuseField("orgno", CodeUnknown, "organisation %.20q is not registered", orgno)
	}
	address, err := p.colleague(o, mail)
	if err != nil {
		return Organization{}, err
	}
	if len(o.managers) > 0 && !o.managers[address] {
		return Organization{}, refuseField("mail", CodeNotManager, "only a manager of %s may sign the terms of use", o.name)
	}
	o.termsSigned = true
	return o.describe(), nil
}
