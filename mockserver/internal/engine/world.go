package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/exactjson"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// worldVersion is that of the JSON format which [Engine.Snapshot] writes and
// [ParseWorld] reads.
const worldVersion = 1

// World is what a mock knows, or the parts of it that somebody set. What it
// doesn't have is as in the default world. The zero World is that.
type World struct {
	environments map[string]*savedEnvironment
	portal       *portal.State
	source       []byte // of which it was read
}

// savedEnvironment is what one environment knows.
type savedEnvironment struct {
	registry.State
	Consents []issuer.Consent `json:"consents"`
	// extends the default world instead of taking its place.
	extends bool
}

// Snapshot returns the world as indented JSON.
func (e *Engine) Snapshot() ([]byte, error) {
	saved := map[string]*savedEnvironment{}
	for _, name := range Names() {
		env, err := e.Environment(name)
		if err != nil {
			return nil, err
		}
		saved[name] = &savedEnvironment{State: env.Registry.Export(), Consents: env.Issuer.Consents()}
	}
	data, err := json.MarshalIndent(struct {
		Version      int                          `json:"version"`
		Environments map[string]*savedEnvironment `json:"environments"`
		Portal       portal.State                 `json:"portal"`
	}{worldVersion, saved, e.Portal().Export()}, "", "  ")
	return append(data, '\n'), err
}

// Restore makes the world what a snapshot says. When it fails nothing has
// changed; the error names the place.
func (e *Engine) Restore(data []byte) error {
	w, err := ParseWorld(data)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.begin(w)
}

// ParseWorld reads a world. What can't be is an error that names the place;
// whether it fits together shows when it is put in force.
func ParseWorld(data []byte) (World, error) {
	w, err := parseWorld(data)
	w.source = data
	return w, placed(data, err)
}

func parseWorld(data []byte) (World, error) {
	var read struct {
		Version      int                        `json:"version"`
		Environments map[string]json.RawMessage `json:"environments"`
		Portal       json.RawMessage            `json:"portal"`
	}
	if err := exactjson.Object(data, &read); err != nil {
		return World{}, err
	}
	if read.Version != worldVersion {
		return World{}, fmt.Errorf("version: it must be %d", worldVersion)
	}
	w := World{environments: map[string]*savedEnvironment{}}
	for _, name := range slices.Sorted(maps.Keys(read.Environments)) {
		if !IsName(name) {
			return World{}, fmt.Errorf("environments: %.40q is none: use test, ver1, ver2 or prod", name)
		}
		saved, err := parseEnvironment(read.Environments[name])
		if err != nil {
			return World{}, fmt.Errorf("environments.%s: %w", name, err)
		}
		w.environments[name] = saved
	}
	if read.Portal == nil {
		return w, nil
	}
	people, err := portal.ParseState(read.Portal)
	if err != nil {
		return World{}, fmt.Errorf("portal: %w", err)
	}
	w.portal = &people
	return w, nil
}

// parseEnvironment reads consents and extends, and leaves the rest to the
// registry.
func parseEnvironment(data []byte) (*savedEnvironment, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil || members == nil {
		return nil, errors.New("a JSON object is expected")
	}
	saved := &savedEnvironment{}
	if extends, ok := members["extends"]; ok {
		if string(extends) != `"default"` {
			return nil, errors.New(`extends: it can only be "default"`)
		}
		saved.extends = true
	}
	if consents, ok := members["consents"]; ok {
		var list []json.RawMessage
		if json.Unmarshal(consents, &list) != nil {
			return nil, errors.New("consents: a list is expected")
		}
		saved.Consents = make([]issuer.Consent, len(list))
		for i, consent := range list {
			if err := exactjson.Object(consent, &saved.Consents[i]); err != nil {
				return nil, fmt.Errorf("consents[%d]: %w", i, err)
			}
		}
	}
	delete(members, "extends")
	delete(members, "consents")
	rest, err := json.Marshal(members)
	if err != nil {
		return nil, err
	}
	saved.State, err = registry.ParseState(rest)
	return saved, err
}

// begin makes a world, or fails and changes nothing. The caller holds the
// engine's lock.
func (e *Engine) begin(w World) error { return placed(w.source, e.tryBegin(w)) }

func (e *Engine) tryBegin(w World) error {
	began := e.clock.Now()
	people := portal.New(portal.Config{
		Registry: e.registryOf, Now: e.clock.Now, NewID: e.config.ids("portal"), Send: e.mail.deliver, ConfirmURL: e.config.ConfirmURL,
	})
	environments := map[string]*Environment{}
	find := func(name string) (*Environment, error) {
		if env, ok := environments[name]; ok {
			return env, nil
		}
		env, err := e.newEnvironment(name, people, began, w.environments[name])
		if err == nil {
			environments[name] = env
		}
		return env, err
	}
	for _, name := range slices.Sorted(maps.Keys(w.environments)) {
		if _, err := find(name); err != nil {
			return fmt.Errorf("environments.%s: %w", name, err)
		}
	}
	if err := fillPortal(people, w.portal, find); err != nil {
		return fmt.Errorf("portal: %w", err)
	}
	e.began, e.portal, e.environments, e.additions, e.newID = began, people, environments, nil, e.config.ids("server")
	return nil
}

// fillPortal fills a new portal with what was saved, or as in the default world.
func fillPortal(people *portal.Portal, saved *portal.State, find func(string) (*Environment, error)) error {
	if saved == nil {
		return registerDefaultOrganizations(people)
	}
	return people.Import(*saved, func(name string) *registry.Registry {
		e, err := find(name)
		if err != nil {
			return nil // it failed before, or is in the default world, which doesn't
		}
		return e.Registry
	})
}

// fill fills a new environment.
func (env *Environment) fill(saved *savedEnvironment) error {
	if saved == nil || saved.extends {
		if err := addDefaultWorld(env); err != nil || saved == nil {
			return err
		}
	}
	if err := env.Registry.Import(saved.State); err != nil {
		return err
	}
	known := map[string]bool{}
	for i, consent := range saved.Consents {
		if err := env.Issuer.SetConsent(consent); err != nil {
			return fmt.Errorf("consents[%d]: %w", i, err)
		}
		if known[consent.ID] {
			return fmt.Errorf("consents[%d]: %.80q is there twice", i, consent.ID)
		}
		known[consent.ID] = true
	}
	return nil
}
