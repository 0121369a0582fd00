// Package registry keeps what self-service knows in one environment:
// organisations, prefixes, scopes, accesses and clients, with the rules that
// decide who may change them and how. It knows nothing of HTTP; a refusal is
// an [*Error] and leaves the state as it was.
//
// Stored objects are never changed in place but replaced whole, so that the
// pointers it hands out are snapshots which may be read without a lock and
// must not be written through. All methods are safe for concurrent use.
package registry

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// Config says what one environment is like. Its zero value works: a test
// environment on the real clock that knows of every change at once.
type Config struct {
	// Environment is the name used in messages, such as "test".
	Environment string
	// Production switches to production's rules (redirect URIs, delegation
	// source).
	Production bool
	// DelegationSources that scopes may name. Nil: Altinn's, as published for
	// the kind of environment. Those without times are dated by New.
	DelegationSources []DelegationSource
	// Now tells the time. Nil: time.Now.
	Now func() time.Time
	// NewID makes UUIDs. Nil: random ones.
	NewID func() string
	// NewSecret makes client secrets. Nil: random ones of 26 letters and digits,
	// 130 bits.
	NewSecret func() string
	// Propagation is how long a change takes to reach the token endpoint (the
	// Issued methods). Zero: none at all.
	Propagation time.Duration
	// Variants are those in force. Nil: none.
	Variants variants.Source
	// Lenient makes Import take what lenient callers were allowed to make.
	Lenient bool
	// OnEvent is told of each change after it was made, in the order of the
	// changes, one at a time, before the call that made it returns. It may
	// read the registry but must not change it. Nil: nobody is told.
	OnEvent func(Event)
}

// Registry is the state of one environment. Make one with [New].
type Registry struct {
	config Config
	events eventQueue

	mu            sync.RWMutex // guards everything below
	organizations table[*Organization]
	adminScopes   map[string]map[string]bool // organisation -> built-in scopes that it may use
	prefixes      table[*Prefix]             // grouped by owner
	scopes        table[*Scope]              // grouped by owner
	accesses      accessStore
	clients       table[*Client] // grouped by client_orgno and supplier_orgno
	expiry        expiryWatch
	ends          knownEndings
	delegations   map[Delegation]bool
	systemUsers   map[systemUserKey]SystemUser
}

// New returns an empty registry.
func New(config Config) *Registry {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.NewID == nil {
		config.NewID = RandomID
	}
	if config.NewSecret == nil {
		config.NewSecret = rand.Text
	}
	if config.DelegationSources == nil {
		config.DelegationSources = altinn(config.Production)
	}
	r := &Registry{
		config:        config,
		events:        eventQueue{receiver: config.OnEvent},
		organizations: newTable(0, compareOrganizations),
		adminScopes:   map[string]map[string]bool{},
		prefixes:      newTable(0, comparePrefixes),
		scopes:        newTable(config.Propagation, compareScopes),
		clients:       newTable(config.Propagation, compareClients),
		delegations:   map[Delegation]bool{},
		systemUsers:   map[systemUserKey]SystemUser{},
	}
	r.config.DelegationSources = dated(config.DelegationSources, r.now())
	r.accesses = newAccessStore(config.Propagation, func(number uint32) string {
		return r.scopes.numbered[number].value.Name
	})
	return r
}

// SetPropagation changes how long changes take from now on to reach the token
// endpoint, and those too that are on their way.
func (r *Registry) SetPropagation(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.scopes.past.delay, r.accesses.past.delay, r.clients.past.delay = d, d, d
}

// Settle makes everything that was changed so far known to the token
// endpoint at once, as after seeding.
func (r *Registry) Settle() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settle()
}

func (r *Registry) settle() {
	r.scopes.past.settle()
	r.accesses.past.settle()
	r.clients.past.settle()
}

// SettleClient is [Registry.Settle] for one client, with its keys.
func (r *Registry) SettleClient(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clients.past.settleOne(id)
}

// change runs one change of the state under the lock, and delivers the events
// that it emitted when the lock is free again. A change that fails must
// neither have touched the state nor emitted anything.
func change[T any](r *Registry, f func() (T, error)) (T, error) {
	value, err := func() (T, error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		return f()
	}()
	r.events.deliver()
	return value, err
}

// changeOnly is change for calls that answer nothing.
func changeOnly(r *Registry, f func() error) error {
	_, err := change(r, func() (struct{}, error) { return struct{}{}, f() })
	return err
}

// now is the time in whole milliseconds, UTC: as fine as the real service
// answers it, so that what is stored and what is answered are the same.
func (r *Registry) now() time.Time {
	return r.config.Now().UTC().Truncate(time.Millisecond)
}

func (r *Registry) newID() string { return r.config.NewID() }

// RandomID makes a UUID of version 4 (RFC 9562).
func RandomID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, says its documentation
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return formatUUID(b)
}

// formatUUID does what fmt would take five times as long for. Each token and
// each client has an id.
func formatUUID(b [16]byte) string {
	text := make([]byte, 0, 36)
	text = append(hex.AppendEncode(text, b[0:4]), '-')
	text = append(hex.AppendEncode(text, b[4:6]), '-')
	text = append(hex.AppendEncode(text, b[6:8]), '-')
	text = append(hex.AppendEncode(text, b[8:10]), '-')
	return string(hex.AppendEncode(text, b[10:16]))
}

// StableID makes a UUID of version 8 (RFC 9562) that depends on nothing but
// the parts.
func StableID(parts ...string) string {
	hash := sha256.New()
	for _, part := range parts {
		hash.Write([]byte(part + "\x00"))
	}
	b := [16]byte(hash.Sum(nil))
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	return formatUUID(b)
}

// emit notes an event, to be delivered when the lock is free. The caller
// holds the lock, and has made the change.
func (r *Registry) emit(e Event) {
	if e.Time.IsZero() {
		e.Time = r.now()
	}
	r.events.push(e)
}
