package verify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten"
)

// ScopeRequirement says which scopes a token must have. There is one on every
// route: see [RequireScope]. The zero value lets nobody in.
type ScopeRequirement struct {
	names []string
	all   bool
	none  bool
	err   error // of a name
}

func requireScopes(all bool, first string, more []string) ScopeRequirement {
	s := ScopeRequirement{names: append([]string{first}, more...), all: all}
	for _, name := range s.names {
		if !isScopeName(name) {
			s.err = fmt.Errorf("verify: %q is no name of a scope: give each by itself, such as difi:api3", name)
			return s
		}
	}
	return s
}

// Err tells what is wrong with a requirement that nobody can fulfil, such as
// RequireScope("a b"), or nil. It is for scopes that come from a program's
// configuration: [Verifier.Middleware] panics.
func (s ScopeRequirement) Err() error {
	if len(s.names) == 0 && !s.none {
		return errors.New("verify: the scope requirement is empty: use RequireScope")
	}
	return s.err
}

// RequireScope lets tokens in that have the scope, whatever others they have.
func RequireScope(scope string) ScopeRequirement { return RequireAllScopes(scope) }

// RequireAnyScope lets tokens in that have at least one of the scopes.
func RequireAnyScope(scope string, more ...string) ScopeRequirement {
	return requireScopes(false, scope, more)
}

// RequireAllScopes lets tokens in that have all of the scopes.
func RequireAllScopes(scope string, more ...string) ScopeRequirement {
	return requireScopes(true, scope, more)
}

// WithoutScope lets every genuine token in. Any organisation can get one, with
// a scope of somebody else's API: use it only where that doesn't matter.
func WithoutScope() ScopeRequirement { return ScopeRequirement{none: true} }

// challenge are the scopes that a refused token would need (RFC 6750 section
// 3): all of them, or of those of which any will do the first, which routes name
// first because it allows least.
func (s ScopeRequirement) challenge() string {
	if !s.all && len(s.names) > 0 {
		return s.names[0]
	}
	return strings.Join(s.names, " ")
}

func (s ScopeRequirement) check(c *Claims) error {
	switch {
	case s.none, s.all && c.Scopes.HasAll(s.names...), !s.all && c.Scopes.HasAny(s.names...):
		return nil
	}
	return refuse(ReasonScope)
}

// held are the scopes that count: those required that the token has.
func (s ScopeRequirement) held(c *Claims) []string {
	var held []string
	for _, name := range s.names {
		if c.Scopes.Has(name) {
			held = append(held, name)
		}
	}
	return held
}

// Requirement is something else that a token must fulfil. The zero value
// lets nobody in. Requirements hold nothing of a request and may be shared.
type Requirement struct {
	check func(*question) error
	// last puts off what costs something, or may happen only once, until
	// everything else is fulfilled.
	last int
	// needsScope is set where the names of the route's scopes are needed.
	needsScope bool
	err        error
}

// where is a requirement of which a function says whether it is fulfilled.
func where(reason Reason, fulfilled func(*question) bool) Requirement {
	return Requirement{check: func(q *question) error {
		if !fulfilled(q) {
			return refuse(reason)
		}
		return nil
	}}
}

// impossible is a requirement that says what is wrong with it.
func impossible(problem string) Requirement {
	return Requirement{err: errors.New("verify: " + problem)}
}

// Err tells what is wrong with a requirement that nobody can fulfil, such as
// RequireConsumers without any, or nil.
func (r Requirement) Err() error {
	if r.err == nil && r.check == nil {
		return errors.New("verify: a requirement is empty: make it with one of the functions named Require")
	}
	return r.err
}

// What is looked at last, in this order.
const (
	lastLiveAccess = 1
	lastFirstUse   = 2
)

// question is what a requirement is asked about.
type question struct {
	ctx     context.Context //nolint:containedctx // of one call
	request *http.Request   // nil outside of Middleware and Authorize
	claims  *Claims
	scope   ScopeRequirement
	now     func() time.Time
}

// RequireConsumers lets only these organisations in, also when a supplier
// calls for them.
func RequireConsumers(orgnos ...maskinporten.OrgNo) Requirement {
	return among("RequireConsumers", ReasonConsumer, orgnos, func(c *Claims, allowed []maskinporten.OrgNo) bool {
		return slices.Contains(allowed, c.Consumer.OrgNo)
	})
}

// RequireConsumerFunc lets in the organisations that the function allows, for
// lists that change at run time, and lists of European organisations: whom
// Maskinporten lets through to a scope that supports those, nobody has granted
// access. The function is called in the goroutine of the request.
func RequireConsumerFunc(allowed func(ctx context.Context, consumer Organization) bool) Requirement {
	if allowed == nil {
		return impossible("RequireConsumerFunc: the function is nil")
	}
	return where(ReasonConsumer, func(q *question) bool { return allowed(q.ctx, q.claims.Consumer) })
}

// RequireSuppliers lets only these suppliers call for others. Consumers that
// call themselves are let in.
func RequireSuppliers(orgnos ...maskinporten.OrgNo) Requirement {
	return among("RequireSuppliers", ReasonSupplier, orgnos, func(c *Claims, allowed []maskinporten.OrgNo) bool {
		return !c.Delegated() || slices.Contains(allowed, c.Supplier.OrgNo)
	})
}

// among copies a list and sees to it that it has organisation numbers only,
// the empty one that European organisations have in particular not.
func among(name string, reason Reason, orgnos []maskinporten.OrgNo, fulfilled func(*Claims, []maskinporten.OrgNo) bool) Requirement {
	if len(orgnos) == 0 {
		return impossible(name + ": give at least one organisation number")
	}
	for _, orgno := range orgnos {
		if err := orgno.Check(); err != nil {
			return impossible(name + ": " + err.Error())
		}
	}
	orgnos = slices.Clone(orgnos)
	return where(reason, func(q *question) bool { return fulfilled(q.claims, orgnos) })
}

// RequireNoSupplier lets in only consumers that call themselves.
func RequireNoSupplier() Requirement {
	return where(ReasonSupplier, func(q *question) bool { return !q.claims.Delegated() })
}

// RequireDelegationSource lets a supplier in only if the consumer's delegation
// is recorded at one of these sources, such as https://www.altinn.no/. Consumers
// that call themselves are let in.
func RequireDelegationSource(source string, more ...string) Requirement {
	sources := append([]string{source}, more...)
	if slices.Contains(sources, "") {
		return impossible("RequireDelegationSource: a source is empty")
	}
	return where(ReasonDelegationSource, func(q *question) bool {
		return !q.claims.Delegated() || slices.Contains(sources, q.claims.DelegationSource)
	})
}

// RequirePID lets in only tokens for the person that the request is about:
// the function returns that person's identity number, for example from a
// header or a path value.
func RequirePID(ofRequest func(*http.Request) string) Requirement {
	if ofRequest == nil {
		return impossible("RequirePID: the function is nil")
	}
	return Requirement{check: func(q *question) error {
		if q.request == nil || q.claims.PID.IsZero() {
			return refuse(ReasonPIDMissing)
		}
		person := maskinporten.NewPersonal(strings.TrimSpace(ofRequest(q.request)))
		switch {
		case person.IsZero():
			return refuse(ReasonPIDMissing)
		case !person.Equal(q.claims.PID):
			return refuse(ReasonPID)
		}
		return nil
	}}
}

// RequireSystemUser lets in only tokens of a system user.
func RequireSystemUser() Requirement {
	return where(ReasonSystemUser, func(q *question) bool {
		_, ok := q.claims.SystemUser()
		return ok
	})
}
