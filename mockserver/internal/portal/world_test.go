package portal_test

import (
	"errors"
	"regexp"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal/portaltest"
)

const (
	digdir   = portaltest.Digdir
	nav      = portaltest.NAV
	kari     = "kari@digdir.no"
	ola      = "ola@digdir.no"
	boss     = "direktor@digdir.no"
	password = "korrekt hest"
	pid      = "01010112345"
)

// world is the one that tests of the portal begin in.
type world struct {
	*portaltest.World
	t *testing.T
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return &world{portaltest.New(t, "https://portal.example/confirm"), t}
}

var linkPattern = regexp.MustCompile(`https://portal\.example/confirm\?token=(\S+)`)

// lastLink is the token of the latest confirmation mail to an address.
func (w *world) lastLink(address string) string {
	w.t.Helper()
	mails := w.MailTo(address)
	if len(mails) == 0 {
		w.t.Fatalf("no mail to %s", address)
	}
	match := linkPattern.FindStringSubmatch(mails[len(mails)-1].Body)
	if match == nil {
		w.t.Fatalf("no link in %q", mails[len(mails)-1].Body)
	}
	return match[1]
}

// user signs a user up and in, and returns the session's cookie.
func (w *world) user(mail string) string {
	w.t.Helper()
	w.ok(w.SignUp(portal.SignUp{Name: mail, Mail: mail, Password: password, PID: pid}))
	w.ok(w.Confirm(w.lastLink(mail)))
	in := check.Got(w.SignIn(mail, password))(w.t)
	return in.Cookie
}

// manager signs Digdir's manager up and in.
func (w *world) manager() string {
	w.t.Helper()
	w.ok(w.AppointManager(digdir, boss))
	return w.user(boss)
}

func (w *world) ok(err error) { w.t.Helper(); check.OK(w.t, err) }

// refused checks that a call is refused with this code.
func refused(t *testing.T, err error, want portal.Code) {
	t.Helper()
	refusal, ok := errors.AsType[*portal.Error](err)
	if !ok || refusal.Code != want {
		t.Errorf("got %v, want a refusal %q", err, want)
	}
}
