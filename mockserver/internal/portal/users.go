package portal

import (
	"crypto/rand"
	"net/url"
	"time"
)

// linkLife is how long a confirmation link waits to be followed.
const linkLife = 24 * time.Hour

// SignUp registers a user and mails a confirmation link. Signing up again
// before the link was followed replaces name and password and sends a new
// link; the old one is void. Where there is no room left the oldest sign-up that
// nobody confirmed is forgotten; where all are confirmed, this one is refused.
func (p *Portal) SignUp(in SignUp) error {
	address, domain, err := parseMail(in.Mail)
	if err != nil {
		return err
	}
	if err := checkSignUp(in); err != nil {
		return err
	}
	salt := p.newSalt()
	hash, err := p.hash(in.Password, salt)
	if err != nil {
		return err
	}
	token := rand.Text()

	p.mu.Lock()
	o, err := p.organizationOf(domain)
	if err == nil && p.users[address] != nil && p.users[address].confirmed {
		err = refuseField("mail", CodeConflict, "%s is registered already: sign in instead", address)
	}
	if err == nil {
		err = p.roomForUser(address)
	}
	if err != nil {
		p.mu.Unlock()
		return err
	}
	u := &user{mail: address, name: in.Name, orgno: o.orgno, salt: salt, hash: hash, pid: in.PID}
	p.addWaiting(u)
	p.newLink(u, token)
	p.mu.Unlock()

	p.sendLink(address, token)
	return nil
}

// ResendConfirmation mails another confirmation link to somebody who has signed
// up and not followed the first, which is void from now on.
func (p *Portal) ResendConfirmation(mail string) error {
	address, _, err := parseMail(mail)
	if err != nil {
		return err
	}
	token := rand.Text()
	p.mu.Lock()
	u, ok := p.users[address]
	switch {
	case !ok:
		err = refuseField("mail", CodeUnknown, "%s is not registered: sign up first", address)
	case u.confirmed:
		err = refuseField("mail", CodeConflict, "%s is confirmed already: sign in instead", address)
	default:
		p.newLink(u, token)
	}
	p.mu.Unlock()
	if err == nil {
		p.sendLink(address, token)
	}
	return err
}

// newLink makes a confirmation link in place of the last one. The caller holds
// the lock.
func (p *Portal) newLink(u *user, token string) {
	delete(p.links, u.link)
	u.link = digest(token)
	if p.links == nil {
		p.links = map[string]confirmation{}
	}
	p.links[u.link] = confirmation{mail: u.mail, expires: p.cfg.Now().Add(linkLife)}
}

func (p *Portal) sendLink(address, token string) {
	p.send(address, "Bekreft brukeren din på Samarbeidsportalen",
		"Trykk på lenken for å bekrefte brukeren din. Den virker én gang, i 24 timer.\n\n"+
			p.cfg.ConfirmURL()+"?token="+url.QueryEscape(token)+"\n")
}

// Confirm follows the link of a confirmation mail. It works once.
func (p *Portal) Confirm(token string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	link, ok := p.links[digest(token)]
	switch {
	case !ok:
		return refuse(CodeLinkInvalid, "this confirmation link is not valid: sign up again to get a new one")
	case link.used:
		return refuse(CodeLinkUsed, "this confirmation link was used before: sign in")
	case !p.cfg.Now().Before(link.expires):
		return refuse(CodeLinkInvalid, "this confirmation link is too old: sign up again to get a new one")
	}
	link.used = true
	p.links[digest(token)] = link
	p.users[link.mail].confirmed = true
	p.keep(p.users[link.mail])
	return nil
}

// organizationOf finds the organisation that a mail domain belongs to and
// that has signed the terms. The caller holds the lock.
func (p *Portal) organizationOf(domain string) (*organization, error) {
	orgno, ok := p.domains[domain]
	if !ok {
		return nil, refuseField("mail", CodeUnknownDomain, "no registered organisation has the mail domain %s: use your work address, or have Digitaliseringsdirektoratet register the domain", domain)
	}
	o := p.organizations[orgno]
	if !o.termsSigned {
		return nil, refuseField("mail", CodeTermsNotSigned, "%s (%s) has not signed the terms of use", o.name, o.orgno)
	}
	return o, nil
}
