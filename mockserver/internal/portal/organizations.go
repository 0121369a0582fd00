package portal

import (
	"slices"
	"strings"

	organisations "github.com/maskinporten-go/maskinporten/mockserver/internal/orgno"
)

// Register registers an organisation, which has not signed the terms; doing so
// again changes its name.
func (p *Portal) Register(orgno, name string) error { return p.register(orgno, name, false) }

// RegisterSigned is [Portal.Register] for one that has signed the terms. One
// that is there already stays as it is, but for its name.
func (p *Portal) RegisterSigned(orgno, name string) error { return p.register(orgno, name, true) }

func (p *Portal) register(orgno, name string, signed bool) error {
	if !organisations.Valid(orgno) {
		return refuseField("orgno", CodeInvalid, "%.20q is no organisation number: nine digits, the last of which checks the others", orgno)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if o, ok := p.organizations[orgno]; ok {
		o.name = name
		return nil
	}
	p.organizations[orgno] = &organization{orgno: orgno, name: name, termsSigned: signed}
	return nil
}

// AddDomain ties a mail domain ("digdir.no") to the organisation. A domain
// belongs to one organisation only.
func (p *Portal) AddDomain(orgno, domain string) error {
	domain = strings.ToLower(domain)
	if !validDomain(domain) {
		return refuseField("domain", CodeInvalid, "%q is not a mail domain such as digdir.no", domain)
	}
	return p.change(orgno, func(o *organization) error {
		if owner, taken := p.domains[domain]; taken && owner != orgno {
			return refuseField("domain", CodeConflict, "the domain %s belongs to another organisation", domain)
		}
		if !slices.Contains(o.domains, domain) {
			o.domains = append(o.domains, domain)
			p.domains[domain] = orgno
		}
		return nil
	})
}

// AppointManager lets the person with this mail address order access and
// delegate rights for the organisation. The address must be in one of its
// domains; the person may sign up later.
func (p *Portal) AppointManager(orgno, mail string) error {
	address, domain, err := parseMail(mail)
	if err != nil {
		return err
	}
	return p.change(orgno, func(o *organization) error {
		if p.domains[domain] != orgno {
			return refuseField("mail", CodeUnknownDomain, "%s is not a mail address of organisation %s", address, orgno)
		}
		if o.managers == nil {
			o.managers = map[string]bool{}
		}
		o.managers[address] = true
		return nil
	})
}

// Organizations lists the registered organisations by number.
func (p *Portal) Organizations() []Organization {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []Organization
	for _, o := range sortedBy(p.organizations, func(o *organization) string { return o.orgno }) {
		all = append(all, o.describe())
	}
	return all
}

func (p *Portal) change(orgno string, change func(*organization) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, ok := p.organizations[orgno]
	if !ok {
		return refuse(CodeUnknown, "organisation %s is not registered", orgno)
	}
	return change(o)
}
