package mockserver

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// toldSettings are settings as the control API shows them.
type toldSettings struct {
	Variants    map[string]string `json:"variants"`
	Chaos       *uint64           `json:"chaos"` // its seed; null: none
	Lenient     bool              `json:"lenient"`
	Propagation string            `json:"propagation"`
}

func (s *settings) told() toldSettings {
	told := toldSettings{Variants: s.variants.Values(), Lenient: s.lenient, Propagation: s.propagation.String()}
	if s.chaos != nil {
		told.Chaos = &s.chaos.seed
	}
	return told
}

// settingsChange is what a call changes: what it doesn't name stays.
type settingsChange struct {
	Variants    map[string]string `json:"variants"`
	Chaos       json.RawMessage   `json:"chaos"`
	Lenient     *bool             `json:"lenient"`
	Propagation *string           `json:"propagation"`
}

// controlSettings changes all that the call names, or nothing.
func controlSettings(d *door, r *http.Request) (any, error) {
	in, err := readControl[settingsChange](r)
	if err != nil {
		return nil, err
	}
	d.server.changing.Lock()
	defer d.server.changing.Unlock()
	changed := *d.server.settings.Load()
	if err := in.change(&changed); err != nil {
		return nil, err
	}
	d.server.apply(changed.settled())
	return changed.told(), nil
}

func (c settingsChange) change(s *settings) (err error) {
	for _, name := range slices.Sorted(maps.Keys(c.Variants)) {
		if s.chosen, err = s.chosen.With(name, c.Variants[name]); err != nil {
			return fmt.Errorf("variants: %w", err)
		}
	}
	switch text := string(c.Chaos); text {
	case "":
	case "null", "false":
		s.chaos = nil
	default:
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return fmt.Errorf("chaos: give a whole number from 0 on, its seed, or null for none, and not %.40s", text)
		}
		s.chaos = newChaos(seed)
	}
	if c.Lenient != nil {
		s.lenient = *c.Lenient
	}
	if c.Propagation != nil {
		if s.propagation, err = time.ParseDuration(*c.Propagation); err != nil || s.propagation < 0 {
			return fmt.Errorf("propagation: %.40q is no time such as 90s or 2m", *c.Propagation)
		}
	}
	return nil
}
