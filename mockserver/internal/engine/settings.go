package engine

import (
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/faults"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// Settings are what can be changed while the mock runs. They are replaced whole.
type Settings struct {
	// Chosen are the variants that somebody named. They go before those that
	// chaos draws.
	Chosen variants.Choice
	// Chaos bends answers; nil: none does.
	Chaos *faults.Chaos
	// Lenient passes over refusals that rest on assumptions.
	Lenient bool
	// Propagation is how long changes take to reach the token endpoint.
	Propagation time.Duration

	inForce variants.Set
}

// Variants are those in force.
func (s *Settings) Variants() variants.Set { return s.inForce }

// settled finds out which variants are in force.
func settled(s Settings) *Settings {
	var drawn variants.Set
	if s.Chaos != nil {
		drawn = s.Chaos.Variants
	}
	s.inForce = s.Chosen.Over(drawn)
	return &s
}
