package portal

import (
	"crypto/subtle"
	"net/mail"
	"slices"
	"strings"
)

// maxText and maxAddress are how long a name, a purpose or a mail address is.
const maxText, maxAddress = 2000, 254

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

func validDomain(domain string) bool {
	if len(domain) > 253 || !strings.Contains(domain, ".") {
		return false
	}
	for label := range strings.SplitSeq(domain, ".") {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-æøå") != "" {
			return false
		}
	}
	return true
}

func validPID(pid string) bool {
	return len(pid) == 11 && strings.Trim(pid, "0123456789") == ""
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

// checkRights wants rights that there are, and supplier with integrations only.
func checkRights(rights []Right, held access) error {
	if len(rights) == 0 {
		return refuseField("rights", CodeInvalid, "rights: name at least one of apis, integrations, supplier")
	}
	for _, right := range rights {
		if !allRights[right] {
			return refuseField("rights", CodeInvalid, "rights: %.30q is unknown: use apis, integrations, supplier", right)
		}
	}
	if slices.Contains(rights, RightSupplier) && !held[RightIntegrations] && !slices.Contains(rights, RightIntegrations) {
		return refuseField("rights", CodeInvalid, "rights: supplier needs integrations too")
	}
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
