package registry

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/exactjson"
)

// ParseState reads a state. What may be left out: last_updated and created,
// which are then the time of the import; active, which is then true; of a scope
// prefix and subscope when its name is there, or the other way round, and the
// owner, who is that of the prefix; the state of an access; and of a client all
// that self-service has a default for. Fields that don't exist are an error,
// and so is private key material. Errors are [*Error]s that name the place.
func ParseState(data []byte) (State, error) {
	var lists struct {
		Organizations []json.RawMessage `json:"organizations"`
		Prefixes      []json.RawMessage `json:"prefixes"`
		Scopes        []json.RawMessage `json:"scopes"`
		Accesses      []json.RawMessage `json:"accesses"`
		Clients       []json.RawMessage `json:"clients"`
		Delegations   []json.RawMessage `json:"delegations"`
		SystemUsers   []json.RawMessage `json:"system_users"`
	}
	if err := readStrictly("State", data, &lists); err != nil {
		return State{}, withPlace(err)
	}
	var s State
	err := cmp.Or(
		readList("organizations", lists.Organizations, &s.Organizations, readPlain),
		readList("prefixes", lists.Prefixes, &s.Prefixes, readPrefix),
		readList("scopes", lists.Scopes, &s.Scopes, readScope),
		readList("accesses", lists.Accesses, &s.Accesses, readPlain),
		readList("clients", lists.Clients, &s.Clients, readClient),
		readList("delegations", lists.Delegations, &s.Delegations, readPlain),
		readList("system_users", lists.SystemUsers, &s.SystemUsers, readPlain),
	)
	return s, withPlace(err)
}

// readList reads each element, and says at which it failed.
func readList[T any](name string, elements []json.RawMessage, list *[]T, read func([]byte, *T) error) error {
	for i, element := range elements {
		var value T
		if err := read(element, &value); err != nil {
			return atPlace(fmt.Sprintf("%s[%d]", name, i), err)
		}
		*list = append(*list, value)
	}
	return nil
}

func readPlain[T any](data []byte, value *T) error { return readStrictly("State", data, value) }

func readPrefix(data []byte, p *PrefixState) error {
	p.Active = true
	return readStrictly("Prefix", data, p)
}

// readScope takes the translations, which are flat keys, apart from the rest.
func readScope(data []byte, scope **Scope) error {
	var members map[string]json.RawMessage
	if err := readStrictly("Scope", data, &members); err != nil {
		return err
	}
	translations, err := readTranslations(members)
	if err != nil {
		return err
	}
	for key := range members {
		if isTranslation(key) {
			delete(members, key)
		}
	}
	if data, err = json.Marshal(members); err != nil {
		return invalid("Scope", "", "%v", err)
	}
	*scope = &Scope{Active: true}
	type plain Scope // without its methods
	err = readStrictly("Scope", data, (*plain)(*scope))
	(*scope).Translations = translations
	return err
}

// readClient looks for private keys first: they must be known as such whatever
// else is wrong.
func readClient(data []byte, c *ClientState) error {
	var keys struct {
		JWKS struct {
			Keys []KeyInput `json:"keys"`
		} `json:"jwks"`
	}
	if json.Unmarshal(data, &keys) == nil {
		for i, key := range keys.JWKS.Keys {
			if key.private {
				return invalidKey(fmt.Sprintf("jwks.keys[%d]", i), "the key is private; only public keys are taken")
			}
		}
	}
	c.Active = true
	return readStrictly("Client", data, c)
}

// readStrictly reads one JSON object and minds what v doesn't have. Its errors
// repeat no values.
func readStrictly(object string, data []byte, v any) error {
	if data = bytes.TrimSpace(data); len(data) == 0 || data[0] != '{' {
		return invalid(object, "", "a JSON object is expected")
	}
	if name := exactjson.Unknown(data, v); name != "" {
		return invalid(object, name, "there is no such field")
	}
	err := exactjson.Unmarshal(data, v)
	if err == nil {
		return nil
	}
	if place, want, ok := exactjson.WrongType(err); ok && place != "" {
		return invalid(object, place, "it must be %s", jsonType(want))
	}
	if name := exactjson.Failing(data, v); name != "" {
		return invalid(object, name, "it can't be read; a time is written as %q", "2026-01-02T15:04:05Z")
	}
	return invalid(object, "", "not the JSON that is expected")
}

// atPlace makes an error say where in a state it lies, and that the input was
// invalid.
func atPlace(place string, err error) error {
	refusal, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	at := *refusal
	at.Kind = Invalid
	switch {
	case place == "":
	case at.Field == "":
		at.Field = place
	default:
		at.Field = place + "." + at.Field
	}
	return &at
}

// withPlace makes an error's text begin with its place.
func withPlace(err error) error {
	refusal, ok := errors.AsType[*Error](atPlace("", err))
	if !ok {
		return err
	}
	if refusal.Field != "" {
		refusal.Message = refusal.Field + ": " + refusal.Message
	}
	return refusal
}

// date fills in the times that were left out, and makes the others as fine as
// those of changes.
func (r *Registry) date(created, updated *time.Time) {
	if created.IsZero() {
		*created = r.now()
	}
	*created = created.UTC().Truncate(time.Millisecond)
	if updated.IsZero() {
		*updated = *created
	}
	*updated = updated.UTC().Truncate(time.Millisecond)
}

// isDigest reports whether digest may have made a text.
func isDigest(text string) bool {
	return len(text) == hex.EncodedLen(sha256.Size) && consistsOf(text, digits+"abcdef")
}
