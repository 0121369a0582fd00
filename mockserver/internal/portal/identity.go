package portal

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

// Person is somebody for whom access to production is ordered.
type Person struct {
	Name  string `json:"name"`
	Mail  string `json:"mail"`
	Phone string `json:"phone"`
	// PID is the national identity number (11 digits). Optional: the person can
	// add it to the profile instead.
	PID string `json:"pid,omitzero"`
}

// Format keeps the identity number from every verb of fmt.
func (p Person) Format(state fmt.State, _ rune) {
	_, _ = fmt.Fprintf(state, "mockserver.Person(%s)", p.Mail)
}

// LogValue keeps slog to what Format shows.
func (p Person) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(p)) }

// SetPID adds the national identity number with which the user signs in with
// ID-porten. One that is there can't be exchanged for another.
func (p *Portal) SetPID(cookie, pid string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, u, err := p.signedIn(cookie)
	if err != nil {
		return err
	}
	if err := u.checkPID(pid); err != nil {
		return err
	}
	u.pid = pid
	return nil
}

// checkPID decides whether an identity number can be the user's.
func (u *user) checkPID(pid string) error {
	switch {
	case !validPID(pid):
		return refuseField("pid", CodeInvalid, "pid: a national identity number has 11 digits")
	case u.pid != "" && subtle.ConstantTimeCompare([]byte(u.pid), []byte(pid)) != 1:
		return refuseField("pid", CodeConflict, "pid: %s is registered with another national identity number", u.mail)
	}
	return nil
}
