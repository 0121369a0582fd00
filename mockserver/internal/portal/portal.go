// Package portal holds what the web portal for self-service adds to the
// registry: organisations that sign terms, users who sign up with a work
// mail, who may do what in which environment, prefix orders, merchant data
// and the mail that notification points get.
package portal

import (
	"cmp"
	"container/list"
	"crypto/sha256"
	"crypto/subtle"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/ring"
)

// Environments are the environments in which a user can work, oldest first.
var environments = [...]string{"ver1", "ver2", "test", production}

const production = "prod"

// Config is what a portal stands on.
type Config struct {
	// Registry returns the registry of an environment, or nil when there is
	// none of that name.
	Registry func(environment string) *registry.Registry
	Now      func() time.Time
	NewID    func() string
	// Send delivers mail.
	Send func(Mail)
	// ConfirmURL tells the address that confirmation mails link to; the token
	// is added as a query parameter.
	ConfirmURL func() string
}

// Portal is the state of one portal. Its methods may be called from many
// goroutines.
type Portal struct {
	cfg Config
	// hash makes of a password what is kept of it.
	hash func(password string, salt []byte) ([]byte, error)

	mu            sync.Mutex
	organizations map[string]*organization // by organisation number
	domains       map[string]string        // mail domain to organisation number
	users         map[string]*user         // by mail address
	waiting       list.List                // addresses that weren't confirmed, the oldest sign-up first
	sessions      map[string]*session      // by digest of the cookie's value
	sessionsLeft  int                      // by dropOldSessions
	uses          uint64                   // of sessions, so far
	links         map[string]confirmation  // by digest of the link's token
	orders        []*PrefixOrder
	requests      []*RightsRequest
	merchant      map[merchantKey]MerchantData
	points        map[string][]string // notification points by organisation, as far as somebody asked
	lost          ring.Ring[LostNotification]
}

// New returns a portal without organisations and users.
func New(cfg Config) *Portal {
	p := &Portal{cfg: cfg, hash: hashPassword}
	p.Reset()
	return p
}

// Reset forgets everything: organisations, users, sessions, orders and
// merchant data.
func (p *Portal) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.organizations = map[string]*organization{}
	p.domains = map[string]string{}
	p.users = map[string]*user{}
	p.waiting.Init()
	p.sessions, p.sessionsLeft = map[string]*session{}, 0
	p.links = nil
	p.orders, p.requests = nil, nil
	p.merchant, p.points = nil, nil
	p.lost = ring.New[LostNotification](maxLost)
}

// registryOf finds the registry of an environment that a caller named.
func (p *Portal) registryOf(environment string) (*registry.Registry, error) {
	if slices.Contains(environments[:], environment) {
		if r := p.cfg.Registry(environment); r != nil {
			return r, nil
		}
	}
	return nil, refuse(CodeUnknown, "there is no environment %q: use ver1, ver2, test or prod", environment)
}

// sortedKeys returns the names in a set, in order.
func sortedKeys(set map[string]bool) []string {
	return append([]string{}, slices.Sorted(maps.Keys(set))...)
}

// sortedBy returns the values of m ordered by the key that order takes from
// each.
func sortedBy[K comparable, V any, O cmp.Ordered](m map[K]V, order func(V) O) []V {
	return slices.SortedFunc(maps.Values(m), func(a, b V) int { return cmp.Compare(order(a), order(b)) })
}

// toMillis makes times as they are stored.
func toMillis(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// maxLost is how many lost notifications are kept: the last ones.
const maxLost = 10_000

// send mails outside the lock.
func (p *Portal) send(to, subject, body string) {
	p.cfg.Send(Mail{To: to, Subject: subject, Body: body, Sent: p.cfg.Now()})
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
