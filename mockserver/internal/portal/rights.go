package portal

import (
	"fmt"
	"slices"
	"strings"
)

// Actor is a signed-in user at work in one environment.
type Actor struct {
	Mail, OrgNo string
	Rights      []Right
}

// Has reports whether the actor holds the right.
func (a Actor) Has(right Right) bool { return slices.Contains(a.Rights, right) }

// Enter tells as whom, and with which rights, the session works in the
// environment.
func (p *Portal) Enter(cookie, environment string) (Actor, error) {
	if _, err := p.registryOf(environment); err != nil {
		return Actor{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s, u, err := p.signedIn(cookie)
	if err != nil {
		return Actor{}, err
	}
	rights, err := p.rights(s, u, environment)
	if err != nil {
		return Actor{}, err
	}
	return Actor{Mail: u.mail, OrgNo: u.orgno, Rights: rights.list()}, nil
}

// rights are what the user may do in the environment. The caller holds the
// lock.
func (p *Portal) rights(s *session, u *user, environment string) (access, error) {
	if environment == production {
		switch {
		case len(u.production) == 0:
			return nil, refuse(CodeNoAccess, "%s has no access to production: a manager of the organisation must order it or delegate the rights in Altinn", u.mail)
		case !s.idporten:
			return nil, refuse(CodeIDPortenRequired, "production asks for a sign-in with ID-porten")
		}
		return u.production, nil
	}
	if named, restricted := p.organizations[u.orgno].restricted[environment]; restricted && !named[u.mail] {
		return nil, refuse(CodeNoAccess, "your organisation lets only named users into %s, and %s is not among them", environment, u.mail)
	}
	return allRights, nil
}

// Restrict lets only these users of the organisation into a test
// environment; without any, everybody is let in again.
func (p *Portal) Restrict(cookie, environment string, mails []string) error {
	if _, err := p.registryOf(environment); err != nil {
		return err
	}
	if environment == production {
		return refuseField("environment", CodeInvalid, "production is never open to everybody: order access for persons, or take it back")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	o, err := p.managing(cookie)
	if err != nil {
		return err
	}
	named, err := p.colleagues(o, mails)
	if err != nil {
		return err
	}
	if len(named) == 0 {
		delete(o.restricted, environment)
		return nil
	}
	o.restrict(environment, named)
	return nil
}

// OrderProduction orders access to production for persons who are users of
// the organisation: scopes and clients, not supplier's work. All are taken,
// or none.
func (p *Portal) OrderProduction(cookie string, persons []Person) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, err := p.managing(cookie)
	if err != nil {
		return err
	}
	if len(persons) == 0 {
		return refuseField("persons", CodeInvalid, "persons: name at least one")
	}
	users := make([]*user, len(persons))
	for i, person := range persons {
		if users[i], err = p.orderable(o, person); err != nil {
			return within(fmt.Sprintf("persons[%d].", i), err)
		}
	}
	for i, u := range users {
		u.grant(RightAPIs, RightIntegrations)
		if persons[i].PID != "" {
			u.pid = persons[i].PID
		}
	}
	return nil
}

func (p *Portal) orderable(o *organization, person Person) (*user, error) {
	if strings.TrimSpace(person.Name) == "" {
		return nil, refuseField("name", CodeInvalid, "name: missing")
	}
	if digits := strings.TrimPrefix(strings.ReplaceAll(person.Phone, " ", ""), "+"); len(digits) < 8 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" {
		return nil, refuseField("phone", CodeInvalid, "phone: %.30q is not a telephone number", person.Phone)
	}
	u, err := p.colleagueUser(o, person.Mail)
	if err == nil && person.PID != "" {
		err = u.checkPID(person.PID)
	}
	return u, err
}

// DelegateRights gives a colleague rights in production, as in Altinn, in
// addition to those held. RightSupplier needs RightIntegrations.
func (p *Portal) DelegateRights(cookie, mail string, rights []Right) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, err := p.managing(cookie)
	if err != nil {
		return err
	}
	u, err := p.colleagueUser(o, mail)
	if err != nil {
		return err
	}
	if err := checkRights(rights, u.production); err != nil {
		return err
	}
	u.grant(rights...)
	return nil
}

// TakeBack takes rights in production from a colleague; none named means all,
// ordered access included. Without RightIntegrations there is no
// RightSupplier.
func (p *Portal) TakeBack(cookie, mail string, rights ...Right) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, err := p.managing(cookie)
	if err != nil {
		return err
	}
	u, err := p.colleagueUser(o, mail)
	if err != nil {
		return err
	}
	if len(rights) == 0 {
		u.production = nil
	}
	for _, right := range rights {
		delete(u.production, right)
	}
	if !u.production[RightIntegrations] {
		delete(u.production, RightSupplier)
	}
	return nil
}

// colleague checks that a mail address is one of the organisation's.
func (p *Portal) colleague(o *organization, mail string) (string, error) {
	address, domain, err := parseMail(mail)
	if err != nil {
		return "", err
	}
	if p.domains[domain] != o.orgno {
		return "", refuseField("mail", CodeUnknownDomain, "%s is not a mail address of %s", address, o.name)
	}
	return address, nil
}

func (p *Portal) colleagueUser(o *organization, mail string) (*user, error) {
	address, err := p.colleague(o, mail)
	if err != nil {
		return nil, err
	}
	u, ok := p.users[address]
	if !ok || !u.confirmed {
		return nil, refuseField("mail", CodeUnknown, "%s is no confirmed user of %s: they must sign up first", address, o.name)
	}
	return u, nil
}
