package faults

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/recorder"
)

// Config says what faults can be about.
type Config struct {
	// Operations are those that an environment answers, such as "POST /token".
	Operations []string
	// Served are the environments that are served.
	Served []string
	// Seed is what faults with a probability go by.
	Seed uint64
}

// Faults are the rules in force. They may be used from many goroutines.
type Faults struct {
	config Config

	mu     sync.Mutex // guards what follows
	random *rand.Rand // nil until a fault with a probability comes
	rules  []*rule
	added  int                         // ever
	last   map[string]*recorder.Answer // to GET, for Stale; nil: none yet
}

type rule struct {
	Fault
	id         int
	seen, hits int
}

// New returns faults without any rule.
func New(config Config) *Faults { return &Faults{config: config} }

// happens draws whether a fault of this probability comes.
func (f *Faults) happens(probability float64) bool {
	if f.random == nil {
		f.random = rand.New(rand.NewPCG(f.config.Seed, f.config.Seed)) //nolint:gosec // reproducible on purpose
	}
	return f.random.Float64() < probability
}

// over reports whether the fault can't come any more.
func (r *rule) over() bool { return r.Times > 0 && r.hits >= r.Times }

// maxRules is how many are kept before those go that are over.
const maxRules = 1000

// Handle is a fault that was added.
type Handle struct {
	faults *Faults
	rule   *rule
}

// Add puts a fault in force.
func (f *Faults) Add(fault Fault) (*Handle, error) {
	if err := fault.check(); err != nil {
		return nil, err
	}
	if err := fault.checkOperation(f.config.Operations); err != nil {
		return nil, err
	}
	if fault.Environment != "" && !slices.Contains(f.config.Served, fault.Environment) {
		return nil, fmt.Errorf("environment: %.40q isn't served here; these are: %s", fault.Environment, strings.Join(f.config.Served, ", "))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.added++; len(f.rules) >= maxRules {
		f.drop((*rule).over)
	}
	added := &rule{Fault: fault, id: f.added}
	f.rules = append(f.rules, added)
	return &Handle{f, added}, nil
}

// ID is the fault's number.
func (h *Handle) ID() int { return h.rule.id }

// Hits returns how many requests the fault has met.
func (h *Handle) Hits() int {
	h.faults.mu.Lock()
	defer h.faults.mu.Unlock()
	return h.rule.hits
}

// Remove ends the fault.
func (h *Handle) Remove() {
	h.faults.mu.Lock()
	defer h.faults.mu.Unlock()
	h.faults.drop(func(r *rule) bool { return r == h.rule })
}

// Listed is a fault with what it did.
type Listed struct {
	Fault
	ID   int `json:"id"`
	Hits int `json:"hits"`
}

// List returns the faults, oldest first; never nil.
func (f *Faults) List() []Listed {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := []Listed{}
	for _, r := range f.rules {
		list = append(list, Listed{r.Fault, r.id, r.hits})
	}
	return list
}

// Remove ends the fault of this number, and reports whether there was one.
func (f *Faults) Remove(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := len(f.rules)
	f.drop(func(r *rule) bool { return strconv.Itoa(r.id) == id })
	return len(f.rules) < before
}

// drop ends faults, and forgets the answers that nobody needs any more. The
// caller holds the lock.
func (f *Faults) drop(which func(*rule) bool) {
	f.rules = slices.DeleteFunc(f.rules, which)
	if !slices.ContainsFunc(f.rules, func(r *rule) bool { return r.Stale }) {
		clear(f.last)
	}
}

// Clear ends all faults.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = nil
	clear(f.last)
}

// Any reports whether there are rules that aren't over: usually there are none,
// and requests need not be looked at.
func (f *Faults) Any() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.rules, func(r *rule) bool { return !r.over() })
}

// Pick returns the fault that meets a request, or nil.
func (f *Faults) Pick(a *Attempt) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.rules {
		if r.over() || !r.matches(a) {
			continue
		}
		if r.seen++; r.seen <= r.After {
			continue
		}
		if r.Probability > 0 && !f.happens(r.Probability) {
			continue
		}
		r.hits++
		fault := r.Fault
		return &fault
	}
	return nil
}

// Unspent describes the faults that still wait for requests.
func (f *Faults) Unspent() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var lines []string
	for _, r := range f.rules {
		if r.Probability == 0 && r.hits < r.Times {
			lines = append(lines, fmt.Sprintf("%s came %d of %d times", r.Fault, r.hits, r.Times))
		}
	}
	return lines
}
