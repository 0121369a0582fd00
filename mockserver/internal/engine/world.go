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

// ParseWorld reads a world. What can't be is an error that names the place;
// whether it fits together shows when it is put in force.
func ParseWorld(data []byte) (World, error) {
	w, err := parseWorld(data)
	w.source = data
	return w, withPosition(data, err)
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
			return World{}, fmt.Errorf("environments: %.40q is unknown: use test, ver1, ver2 or prod", name)
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
