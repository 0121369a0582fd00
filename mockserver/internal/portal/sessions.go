package portal

import (
	"crypto/rand"
	"crypto/subtle"
	"strings"
	"time"
)

// sessionLife is how long a session lasts without being used.
const sessionLife = 8 * time.Hour

// SignedIn is what a new session hands to the browser.
type SignedIn struct {
	// Cookie is the secret that proves the session.
	Cookie string
	// CSRFToken goes with every request that changes something.
	CSRFToken string
}

// SignIn starts a session with mail address and password.
func (p *Portal) SignIn(mail, password string) (SignedIn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u, ok := p.users[strings.ToLower(mail)]
	if !ok || !p.passwordIs(u, password) {
		return SignedIn{}, refuse(CodeWrongCredentials, "wrong mail address or password")
	}
	if !u.confirmed {
		return SignedIn{}, refuse(CodeNotConfirmed, "%s is not confirmed: follow the link in the mail that was sent to it (look among the spam, too)", u.mail)
	}
	if o := p.organizations[u.orgno]; !o.termsSigned {
		return SignedIn{}, refuse(CodeTermsNotSigned, "%s (%s) has not signed the terms of use", o.name, o.orgno)
	}
	in := SignedIn{Cookie: rand.Text(), CSRFToken: rand.Text()}
	p.dropOldSessions()
	p.sessions[digest(in.Cookie)] = &session{mail: u.mail, csrf: in.CSRFToken, expires: p.cfg.Now().Add(sessionLife), used: p.nextUse()}
	return in, nil
}

// nextUse counts uses of sessions: clocks of tests may stand still.
func (p *Portal) nextUse() uint64 {
	p.uses++
	return p.uses
}

// SignInWithIDPorten raises the session to the level that production asks
// for. The identity number must be the one that the user gave on signing up.
func (p *Portal) SignInWithIDPorten(cookie, pid string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, u, err := p.signedIn(cookie)
	if err != nil {
		return err
	}
	if u.pid == "" || subtle.ConstantTimeCompare([]byte(u.pid), []byte(pid)) != 1 {
		return refuseField("pid", CodeWrongCredentials, "ID-porten: this identity number is not the one that %s registered with", u.mail)
	}
	s.idporten = true
	return nil
}

// SignOut ends the session; its cookie is worth nothing from now on.
func (p *Portal) SignOut(cookie string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, _, err := p.signedIn(cookie); err != nil {
		return err
	}
	delete(p.sessions, digest(cookie))
	return nil
}

// CheckCSRF tells whether the token belongs to the session.
func (p *Portal) CheckCSRF(cookie, token string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, _, err := p.signedIn(cookie)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(s.csrf), []byte(token)) != 1 {
		return refuse(CodeForgedRequest, "the header %s is missing or not this session's: take it from GET session", CSRFHeader)
	}
	return nil
}

// signedIn finds the living session of a cookie and its user, and prolongs
// it. Terms that were withdrawn end it. The caller holds the lock.
func (p *Portal) signedIn(cookie string) (*session, *user, error) {
	s, ok := p.sessions[digest(cookie)]
	now := p.cfg.Now()
	if !ok || !now.Before(s.expires) {
		return nil, nil, refuse(CodeNotSignedIn, "not signed in, or the session has ended: sign in again")
	}
	u := p.users[s.mail]
	if o := p.organizations[u.orgno]; !o.termsSigned {
		return nil, nil, refuse(CodeTermsNotSigned, "%s (%s) has not signed the terms of use", o.name, o.orgno)
	}
	s.expires, s.used = now.Add(sessionLife), p.nextUse()
	return s, u, nil
}

// managing finds the organisation whose manager is signed in.
func (p *Portal) managing(cookie string) (*organization, error) {
	_, u, err := p.signedIn(cookie)
	if err != nil {
		return nil, err
	}
	o := p.organizations[u.orgno]
	if !o.managers[u.mail] {
		return nil, refuse(CodeNotManager, "only a manager of %s may do this", o.name)
	}
	return o, nil
}

// CSRFHeader carries the session's CSRF token with every request that changes
// something.
const CSRFHeader = "X-CSRF-Token"
