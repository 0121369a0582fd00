package portal_test

import (
	"errors"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

const (
	digdir   = "991825827"
	nav      = "889640782"
	kari     = "kari@digdir.no"
	ola      = "ola@digdir.no"
	boss     = "direktor@digdir.no"
	password = "korrekt hest"
	pid      = "01010112345"
)

// world is a portal over four registries, with a clock and a mailbox.
type world struct {
	*portal.Portal
	t          *testing.T
	registries map[string]*registry.Registry

	mu    sync.Mutex
	now   time.Time
	mails []portal.Mail
	ids   int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, registries: map[string]*registry.Registry{}, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	w.Portal = portal.New(portal.Config{
		Registry: func(environment string) *registry.Registry { return w.registries[environment] },
		Now:      w.clock, NewID: w.id, Send: w.deliver,
		ConfirmURL: func() string { return "https://portal.example/confirm" },
	})
	for _, environment := range []string{"ver1", "ver2", "test", "prod"} {
		w.registries[environment] = registry.New(registry.Config{
			Environment: environment, Production: environment == "prod", Now: w.clock,
			OnEvent: func(e registry.Event) { w.Notify(environment, w.registries[environment], e) },
		})
		w.ok(w.registries[environment].AddOrganization(digdir, "Digitaliseringsdirektoratet"))
		w.ok(w.registries[environment].AddOrganization(nav, "Arbeids- og velferdsetaten"))
	}
	w.ok(w.Register(digdir, "Digitaliseringsdirektoratet"))
	w.ok(w.SignTerms(digdir))
	w.ok(w.AddDomain(digdir, "digdir.no"))
	w.ok(w.Register(nav, "Arbeids- og velferdsetaten"))
	w.ok(w.SignTerms(nav))
	w.ok(w.AddDomain(nav, "nav.no"))
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) id() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ids++
	return "id-" + strconv.Itoa(w.ids)
}

func (w *world) deliver(m portal.Mail) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mails = append(w.mails, m)
}

func (w *world) mailTo(address string) []portal.Mail {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []portal.Mail
	for _, m := range w.mails {
		if m.To == address {
			found = append(found, m)
		}
	}
	return found
}

var linkPattern = regexp.MustCompile(`https://portal\.example/confirm\?token=(\S+)`)

// lastLink is the token of the latest confirmation mail to an address.
func (w *world) lastLink(address string) string {
	w.t.Helper()
	mails := w.mailTo(address)
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

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// refused checks that a call is refused with this code.
func refused(t *testing.T, err error, want portal.Code) {
	t.Helper()
	refusal, ok := errors.AsType[*portal.Error](err)
	if !ok || refusal.Code != want {
		t.Errorf("got %v, want a refusal %q", err, want)
	}
}
