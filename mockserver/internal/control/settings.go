package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/engine"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/faults"
)

// shownSettings are settings as they are shown.
type shownSettings struct {
	Variants    map[string]string `json:"variants"`
	Chaos       *uint64           `json:"chaos"` // its seed; null: none
	Lenient     bool              `json:"lenient"`
	Propagation string            `json:"propagation"`
}

func show(s *engine.Settings) shownSettings {
	shown := shownSettings{Variants: s.Variants().Values(), Lenient: s.Lenient, Propagation: s.Propagation.String()}
	if s.Chaos != nil {
		shown.Chaos = &s.Chaos.Seed
	}
	return shown
}

func settings(c *call) any { return show(c.Engine.Settings()) }

// settingsChange is what a call changes: what it doesn't name stays.
type settingsChange struct {
	Variants    map[string]string `json:"variants"`
	Chaos       json.RawMessage   `json:"chaos"`
	Lenient     *bool             `json:"lenient"`
	Propagation *string           `json:"propagation"`
}

// changeSettings changes all that the call names, or nothing.
func changeSettings(c *call, in settingsChange) (any, error) {
	changed, err := c.Engine.Change(in.change)
	if err != nil {
		return nil, err
	}
	return show(changed), nil
}

func (c settingsChange) change(s *engine.Settings) (err error) {
	for _, name := range slices.Sorted(maps.Keys(c.Variants)) {
		if s.Chosen, err = s.Chosen.With(name, c.Variants[name]); err != nil {
			return fmt.Errorf("variants: %w", err)
		}
	}
	switch text := string(c.Chaos); text {
	case "":
	case "null", "false":
		s.Chaos = nil
	default:
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return fmt.Errorf("chaos: give a whole number from 0 on, its seed, or null for none, and not %.40s", text)
		}
		s.Chaos = faults.NewChaos(seed)
	}
	if c.Lenient != nil {
		s.Lenient = *c.Lenient
	}
	if c.Propagation == nil {
		return nil
	}
	if s.Propagation, err = duration(*c.Propagation); err == nil && s.Propagation < 0 {
		err = errors.New("it must not be negative")
	}
	if err != nil {
		return fmt.Errorf("propagation: %w", err)
	}
	return nil
}
