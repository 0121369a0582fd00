package mockserver

import (
	"bytes"
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

// worldVersion is that of the JSON format which [Server.Snapshot] writes and
// [Server.Restore] and [WithWorld] read.
const worldVersion = 1

// world is what a server knows, or the parts of it that somebody set. What it
// doesn't have is as in the default world.
type world struct {
	environments map[string]*savedEnvironment
	portal       *portal.State
}

// savedEnvironment is what one environment knows.
type savedEnvironment struct {
	registry.State
	Consents []issuer.Consent `json:"consents"`
	// extends the default world instead of taking its place.
	extends bool
}

// Snapshot returns the world as indented JSON: all four environments with
// organisations, prefixes, scopes, accesses, clients, keys, delegations, system
// users and consents, and the portal with organisations, users, prefix orders
// and merchant data. Equal worlds make equal bytes, so that it can be kept as a
// golden file; see [WithDeterministicIDs]. Of client secrets and passwords it
// has digests only. Changes that the token endpoint doesn't know yet
// ([WithPropagation]) are part of it. Not part of it are the clock, faults, the
// journal and the audit log, mail, sessions at the portal, confirmation links
// that wait to be followed, tokens and spent grants.
func (s *Server) Snapshot() []byte {
	s.helper()
	saved := map[string]*savedEnvironment{}
	for _, name := range environmentNames() {
		e := s.environmentFor(name)
		saved[name] = &savedEnvironment{State: e.registry.Export(), Consents: e.issuer.Consents()}
	}
	data, err := json.MarshalIndent(struct {
		Version      int                          `json:"version"`
		Environments map[string]*savedEnvironment `json:"environments"`
		Portal       portal.State                 `json:"portal"`
	}{worldVersion, saved, s.people().Export()}, "", "  ")
	s.must("Snapshot", err)
	return append(data, '\n')
}

// Restore makes the world what a snapshot says: one of [Server.Snapshot], or
// one written by hand as [WithWorld] takes it. Everything that changed since is
// gone, and known to the token endpoint at once; users of the portal must sign
// in again. Clock, faults, mail, journal and listeners stay as they are, and
// tokens stay good, but a signing key that was rotated in is not used any more.
// When it fails nothing has changed; the error names the place.
func (s *Server) Restore(data []byte) error {
	w, err := parseWorld(data)
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		err = s.begin(w)
	}
	if err != nil {
		return fmt.Errorf("mockserver: Restore: %w", err)
	}
	return nil
}

// WithWorld makes the server start with a world of JSON, and [Server.Reset] go
// back to it. It is the format of [Server.Snapshot]:
//
//	{"version": 1, "environments": {"test": {…}}, "portal": {…}}
//
// An environment, or portal, that it doesn't have is as in the default world.
// One that it has holds nothing else, unless it says "extends": "default". So
// that it can be written by hand, much may be left out: created and
// last_updated (then now), active, confirmed and terms_signed (then true), of a
// scope all but name and description, of an access all but scope and
// consumer_orgno, of a client all but client_id, client_name and client_orgno,
// of a key all but kty, kid, n and e, and for password_hash and salt a user may
// have a password. Fields that don't exist are an error; errors name the place.
// WORLD.md has the whole format and an example.
func WithWorld(data []byte) Option {
	return func(o *options) error {
		w, err := parseWorld(data)
		if err != nil {
			return fmt.Errorf("mockserver: WithWorld: %w", err)
		}
		o.world = w
		return nil
	}
}

func parseWorld(data []byte) (world, error) {
	var read struct {
		Version      int                        `json:"version"`
		Environments map[string]json.RawMessage `json:"environments"`
		Portal       json.RawMessage            `json:"portal"`
	}
	if err := decodeStrictly(data, &read); err != nil {
		return world{}, fmt.Errorf("the snapshot: %w", err)
	}
	if read.Version != worldVersion {
		return world{}, fmt.Errorf("version: it must be %d", worldVersion)
	}
	w := world{environments: map[string]*savedEnvironment{}}
	for _, name := range slices.Sorted(maps.Keys(read.Environments)) {
		if !slices.Contains(environmentNames(), name) {
			return world{}, fmt.Errorf("environments: %.40q is none: use test, ver1, ver2 or prod", name)
		}
		saved, err := parseEnvironment(read.Environments[name])
		if err != nil {
			return world{}, fmt.Errorf("environments.%s: %w", name, err)
		}
		w.environments[name] = saved
	}
	if read.Portal == nil {
		return w, nil
	}
	people, err := portal.ParseState(read.Portal)
	if err != nil {
		return world{}, fmt.Errorf("portal: %w", err)
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
			if err := decodeStrictly(consent, &saved.Consents[i]); err != nil {
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

// decodeStrictly reads one JSON object without fields that v doesn't have.
func decodeStrictly(data []byte, v any) error {
	if data = bytes.TrimSpace(data); len(data) == 0 || data[0] != '{' {
		return errors.New("a JSON object is expected")
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return err
	}
	if decoder.InputOffset() < int64(len(data)) {
		return errors.New("something follows the JSON object")
	}
	if name := exactjson.Unknown(data, v); name != "" {
		return fmt.Errorf("unknown field %q", name)
	}
	return nil
}

// begin makes a world, or fails and changes nothing. The caller holds the
// server's lock.
func (s *Server) begin(w world) error {
	began := s.clock.Now()
	people := portal.New(portal.Config{
		Registry: s.registryOf, Now: s.clock.Now, NewID: s.options.ids("portal"), Send: s.mail.deliver, ConfirmURL: s.confirmURL,
	})
	environments := map[string]*environment{}
	find := func(name string) (*environment, error) {
		if e, ok := environments[name]; ok {
			return e, nil
		}
		e, err := newEnvironment(s, name, people, began, w.environments[name])
		if err == nil {
			environments[name] = e
		}
		return e, err
	}
	for _, name := range slices.Sorted(maps.Keys(w.environments)) {
		if _, err := find(name); err != nil {
			return fmt.Errorf("environments.%s: %w", name, err)
		}
	}
	if err := fillPortal(people, w.portal, find); err != nil {
		return fmt.Errorf("portal: %w", err)
	}
	s.began, s.portal, s.environments, s.additions, s.newID = began, people, environments, nil, s.options.ids("server")
	return nil
}

// fillPortal fills a new portal with what was saved, or as in the default world.
func fillPortal(people *portal.Portal, saved *portal.State, find func(string) (*environment, error)) error {
	if saved == nil {
		return registerDefaultOrganizations(people)
	}
	return people.Import(*saved, func(name string) *registry.Registry {
		e, err := find(name)
		if err != nil {
			return nil // it failed before, or is in the default world, which doesn't
		}
		return e.registry
	})
}

// fill fills a new environment.
func (e *environment) fill(saved *savedEnvironment) error {
	if saved == nil || saved.extends {
		if err := addDefaultWorld(e); err != nil || saved == nil {
			return err
		}
	}
	if err := e.registry.Import(saved.State); err != nil {
		return err
	}
	known := map[string]bool{}
	for i, consent := range saved.Consents {
		if err := e.issuer.SetConsent(consent); err != nil {
			return fmt.Errorf("consents[%d]: %w", i, err)
		}
		if known[consent.ID] {
			return fmt.Errorf("consents[%d]: %.80q is there twice", i, consent.ID)
		}
		known[consent.ID] = true
	}
	return nil
}

// nextID makes the id of something that all environments have.
func (s *Server) nextID() string {
	s.mu.Lock()
	newID := s.newID
	s.mu.Unlock()
	return newID()
}
