// Package engine is the whole of one mock: four environments, the portal, the
// clock, mail. It knows nothing of HTTP addresses or of tests; what goes wrong is
// an error.
package engine

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// Engine is one mock. It may be used from many goroutines.
type Engine struct {
	config   *Config
	clock    *Clock
	settings atomic.Pointer[Settings]
	mail     mailbox
	adding   sync.Mutex // held by InAll, without mu
	changing sync.Mutex // held by Change, without mu

	mu           sync.Mutex // guards what follows
	addresses    []func(environment string) Address
	ca           *pki.CA
	portal       *portal.Portal
	began        time.Time // when the world was new
	newID        func() string
	environments map[string]*Environment
	additions    []func(*Environment) error // what tests added to every environment
}

// Clock returns the clock.
func (e *Engine) Clock() *Clock { return e.clock }

// Portal returns the portal, as it is until the world begins anew.
func (e *Engine) Portal() *portal.Portal {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.portal
}

// NewID makes the id of something that all environments have.
func (e *Engine) NewID() string {
	e.mu.Lock()
	newID := e.newID
	e.mu.Unlock()
	return newID()
}

// IssueCertificate makes a business certificate at the clock's time.
func (e *Engine) IssueCertificate(order pki.Order) (*pki.Certificate, error) {
	e.mu.Lock()
	ca := e.ca
	e.mu.Unlock()
	return ca.Issue(order, e.clock.Now())
}

// Due lets everything happen that the clock has made due.
func (e *Engine) Due() {
	e.mu.Lock()
	all := slices.Collect(maps.Values(e.environments))
	e.mu.Unlock()
	for _, env := range all {
		env.Registry.Due(e.clock.Now())
	}
}

// Mails returns the mail to an address, in any case, oldest first; to all when
// it is empty. It is never nil.
func (e *Engine) Mails(address string) []portal.Mail {
	e.Due()
	e.mail.mu.Lock()
	defer e.mail.mu.Unlock()
	found := []portal.Mail{}
	for _, m := range e.mail.mails.All() {
		if address == "" || strings.EqualFold(m.To, address) {
			found = append(found, m)
		}
	}
	return found
}

// MailPage is a part of the mail to the addresses that are wanted, the newest first,
// and how much there is.
func (e *Engine) MailPage(offset, limit int, wanted func(to string) bool) (part []portal.Mail, total int) {
	e.Due()
	return e.mail.part(offset, limit, wanted)
}

// Settings are those in force.
func (e *Engine) Settings() *Settings { return e.settings.Load() }

// Change changes settings, unless it fails.
func (e *Engine) Change(change func(*Settings) error) (*Settings, error) {
	e.changing.Lock()
	defer e.changing.Unlock()
	changed := *e.Settings()
	if err := change(&changed); err != nil {
		return nil, err
	}
	return e.apply(changed), nil
}

// apply puts settings in force, in all environments.
func (e *Engine) apply(s Settings) *Settings {
	e.mu.Lock()
	defer e.mu.Unlock()
	changed := settled(s)
	e.settings.Store(changed)
	for _, env := range e.environments {
		env.Registry.SetPropagation(changed.Propagation)
	}
	return changed
}

func (e *Engine) variants() variants.Set { return e.Settings().inForce }

func (e *Engine) lenient() bool { return e.Settings().Lenient }

// maxAddresses is how many are remembered: the last ones.
const maxAddresses = 256

// Know makes tokens good that come from these addresses, by environment, also
// after the world has begun anew.
func (e *Engine) Know(address func(environment string) Address) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.addresses = append(e.addresses, address); len(e.addresses) > maxAddresses {
		e.addresses = slices.Delete(e.addresses, 1, 2) // the first is that in memory
	}
	for name, env := range e.environments {
		if _, err := env.At(address(name)); err != nil {
			return err
		}
	}
	return nil
}
