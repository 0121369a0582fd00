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
