// Package portaltest holds the world in which tests of the portal and of its
// pages begin.
package portaltest

import (
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// The organisations of these tests, with the domains digdir.no and nav.no.
const (
	Digdir = "991825827"
	NAV    = "889640782"
)

// World is a portal over four registries, with a clock that stands until a test
// moves it, counted ids, and a mailbox. Its organisations have signed the terms.
type World struct {
	*portal.Portal
	Registries map[string]*registry.Registry

	mu    sync.Mutex
	now   time.Time
	mails []portal.Mail
	ids   int
}

// New makes a world whose confirmation mails lead to an address.
func New(t testing.TB, confirmURL string) *World {
	t.Helper()
	w := &World{Registries: map[string]*registry.Registry{}, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	w.Portal = portal.New(portal.Config{
		Registry: w.Registry, Now: w.Now, NewID: w.NewID, Send: w.Deliver, ConfirmURL: func() string { return confirmURL },
	})
	names := map[string]string{Digdir: "Digitaliseringsdirektoratet", NAV: "Arbeids- og velferdsetaten"}
	for _, environment := range []string{"ver1", "ver2", "test", "prod"} {
		r := registry.New(registry.Config{
			Environment: environment, Production: environment == "prod", Now: w.Now,
			OnEvent: func(e registry.Event) { w.Notify(environment, w.Registries[environment], e) },
		})
		w.Registries[environment] = r
		check.OK(t, errors.Join(r.AddOrganization(Digdir, names[Digdir]), r.AddOrganization(NAV, names[NAV])))
	}
	for orgno, domain := range map[string]string{Digdir: "digdir.no", NAV: "nav.no"} {
		check.OK(t, errors.Join(w.Register(orgno, names[orgno]), w.SignTerms(orgno), w.AddDomain(orgno, domain)))
	}
	return w
}

// Registry is that of an environment, or nil.
func (w *World) Registry(environment string) *registry.Registry { return w.Registries[environment] }

// Now is the time.
func (w *World) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// Advance moves the clock.
func (w *World) Advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// NewID counts.
func (w *World) NewID() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ids++
	return "id-" + strconv.Itoa(w.ids)
}

// Deliver puts a mail in the mailbox.
func (w *World) Deliver(m portal.Mail) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mails = append(w.mails, m)
}

// MailTo is the mail to an address, or to everybody if that is empty.
func (w *World) MailTo(address string) []portal.Mail {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := []portal.Mail{}
	for _, m := range w.mails {
		if address == "" || m.To == address {
			found = append(found, m)
		}
	}
	return found
}
