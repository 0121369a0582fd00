package mockserver

import (
	"fmt"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// Variant is a way in which the real service may be, where what is known of it
// disagrees: a name and a value, such as "empty-lists=error".
type Variant string

// The variants that aren't the default. Written with the default's value, such
// as "empty-lists=ok", a variant says that [WithChaos] must not draw the other.
const (
	// VariantEmptyListsError answers 404 for lists that hold nothing, and for a
	// client without keys.
	VariantEmptyListsError Variant = "empty-lists=error"
	// VariantStatusesCreated answers 201 to a POST and 204 to a DELETE of clients
	// and keys.
	VariantStatusesCreated Variant = "statuses=created"
	// VariantAccessRefusalInvalidScope answers 400 invalid_scope for MP-250 and
	// MP-251.
	VariantAccessRefusalInvalidScope Variant = "access-refusal=invalid-scope"
	// VariantErrorURILeftOut leaves error_uri out of refusals of tokens, whose
	// texts then have a correlation id in place of the trace id.
	VariantErrorURILeftOut Variant = "error-uri=left-out"
	// VariantTimeRefusalsServer refuses grants for their times in other words, and
	// without a code.
	VariantTimeRefusalsServer Variant = "time-refusals=server"
	// VariantGrantLifetime180 takes grants that live for 180 s, and up to 10 s
	// after they have ended.
	VariantGrantLifetime180 Variant = "grant-lifetime=180"
	// VariantIatAge10s refuses grants that are older than 10 s.
	VariantIatAge10s Variant = "iat-age=10s"
	// VariantScopelessClientRefused refuses a client of maskinporten without scopes.
	VariantScopelessClientRefused Variant = "scopeless-client=refused"
	// VariantX5cChain refuses a grant whose x5c holds the leaf alone.
	VariantX5cChain Variant = "x5c=chain"
	// VariantResourceArray refuses a grant whose resource is a string.
	VariantResourceArray Variant = "resource=array"
)

// WithVariants chooses variants. The last of one name counts.
func WithVariants(chosen ...Variant) Option {
	return func(o *options) error {
		for _, v := range chosen {
			var err error
			if o.variants, err = o.variants.Parse(string(v)); err != nil {
				return fmt.Errorf("mockserver: WithVariants: %w", err)
			}
		}
		return nil
	}
}

// settings are what can be changed while the server runs. They are replaced
// whole.
type settings struct {
	chosen      variants.Choice
	chaos       *chaos // nil: none
	lenient     bool
	propagation time.Duration

	variants variants.Set // that are in force
}

// newSettings are those that the server starts with.
func newSettings(o *options) *settings {
	s := &settings{chosen: o.variants, lenient: o.lenient, propagation: o.propagation}
	if o.chaos != nil {
		s.chaos = newChaos(*o.chaos)
	}
	return s.settled()
}

// settled finds out which variants are in force.
func (s *settings) settled() *settings {
	var drawn variants.Set
	if s.chaos != nil {
		drawn = s.chaos.drawn
	}
	s.variants = s.chosen.Over(drawn)
	return s
}

// apply puts settings in force, in all environments.
func (s *Server) apply(changed *settings) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings.Store(changed)
	for _, e := range s.environments {
		e.registry.SetPropagation(changed.propagation)
	}
}

func (s *Server) variants() variants.Set { return s.settings.Load().variants }

func (s *Server) lenient() bool { return s.settings.Load().lenient }
