package portal

import (
	"container/list"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/mail"
	"net/url"
	"strings"
	"time"
)

const (
	// linkLife is how long a confirmation link waits to be followed.
	linkLife = 24 * time.Hour
	// passwordRounds is low on purpose: the passwords are those of tests.
	passwordRounds    = 1000
	minPasswordLength = 8
	saltSize          = 16
)

type user struct {
	mail, name string
	orgno      string
	salt, hash []byte
	pid        string // national identity number, for ID-porten; may be empty
	confirmed  bool
	waiting    *list.Element // in the portal's list; nil: not there
	link       string        // digest of the token of the last link
	production access        // what was ordered or delegated in production
}

// confirmation is a link that was sent. It is kept after use, so that
// following it again can be told from a forged one.
type confirmation struct {
	mail    string
	expires time.Time
	used    bool
}

// SignUp is what a person fills in to become a user.
type SignUp struct {
	Name string `json:"name"`
	// Mail is a work address; its domain decides the organisation.
	Mail     string `json:"mail"`
	Password string `json:"password"`
	// PID is the national identity number (11 digits) with which the person
	// signs in with ID-porten. Optional; needed for production.
	PID string `json:"pid,omitzero"`
}

// Format keeps password and identity number from every verb of fmt.
func (s SignUp) Format(state fmt.State, _ rune) {
	_, _ = fmt.Fprintf(state, "mockserver.SignUp(%s)", s.Mail)
}

// LogValue keeps slog to what Format shows.
func (s SignUp) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(s)) }

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
	p.links[u.link] = confirmation{mail: u.mail, expires: p.cfg.Now().Add(linkLife)}
}

func (p *Portal) sendLink(address, token string) {
	p.send(address, "Bekreft brukeren din på Samarbeidsportalen",
		"Trykk på lenken for å bekrefte brukeren din. Den virker én gang, i 24 timer.\n\n"+
			p.cfg.ConfirmURL()+"?token="+url.QueryEscape(token)+"\n")
}

func checkSignUp(in SignUp) error {
	switch {
	case strings.TrimSpace(in.Name) == "":
		return refuseField("name", CodeInvalid, "name: missing")
	case len(in.Name) > maxText:
		return refuseField("name", CodeInvalid, "name: at most %d bytes", maxText)
	case len(in.Password) < minPasswordLength:
		return refuseField("password", CodeInvalid, "password: at least %d characters", minPasswordLength)
	case in.PID != "" && !validPID(in.PID):
		return refuseField("pid", CodeInvalid, "pid: a national identity number has 11 digits")
	}
	return nil
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

// parseMail takes a bare address apart; "Name <a@b>" is refused. Domains have
// no upper case, so that one person cannot be two users.
func parseMail(s string) (address, domain string, err error) {
	if len(s) > maxAddress {
		return "", "", refuseField("mail", CodeInvalid, "%.100q… is longer than a mail address can be: %d characters", s, maxAddress)
	}
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Address != s || strings.ContainsAny(s, "\r\n\x00 ") {
		return "", "", refuseField("mail", CodeInvalid, "%.100q is not a mail address", s)
	}
	address = strings.ToLower(s)
	_, domain, _ = strings.Cut(address, "@")
	if !validDomain(domain) {
		return "", "", refuseField("mail", CodeInvalid, "%.100q is not a mail address", s)
	}
	return address, domain, nil
}

func validPID(pid string) bool {
	return len(pid) == 11 && strings.Trim(pid, "0123456789") == ""
}

func hashPassword(password string, salt []byte) ([]byte, error) {
	return pbkdf2.Key(sha256.New, password, salt, passwordRounds, sha256.Size)
}

// newSalt is as random as the ids are.
func (p *Portal) newSalt() []byte {
	sum := sha256.Sum256([]byte(p.cfg.NewID()))
	return sum[:saltSize]
}

func (p *Portal) passwordIs(u *user, password string) bool {
	hash, err := p.hash(password, u.salt)
	return err == nil && subtle.ConstantTimeCompare(hash, u.hash) == 1
}

// digest is how tokens of cookies and links are kept: a dump of the state
// gives none away.
func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// send mails outside the lock.
func (p *Portal) send(to, subject, body string) {
	p.cfg.Send(Mail{To: to, Subject: subject, Body: body, Sent: p.cfg.Now()})
}
