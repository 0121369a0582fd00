package desired

import (
	"encoding/json"

	"github.com/maskinporten-go/maskinporten"
)

// stateFields is how JSON has a [State].
type stateFields struct {
	Schema  string   `json:"$schema,omitzero"`
	Owns    Owns     `json:"owns,omitzero"`
	Scopes  []Scope  `json:"scopes,omitzero"`
	Clients []Client `json:"clients,omitzero"`
}

// MarshalJSON writes a state as [Parse] reads it.
func (s State) MarshalJSON() ([]byte, error) {
	return json.Marshal(stateFields(s))
}

// IsZero reports whether nothing is owned.
func (o Owns) IsZero() bool { return o.Prefixes == nil && o.Clients == nil }

// MarshalJSON writes a scope as [Parse] reads it.
func (s Scope) MarshalJSON() ([]byte, error) {
	data, err := s.ScopeCreate.MarshalJSON()
	if err != nil || s.Access == nil {
		return data, err
	}
	access, err := json.Marshal(s.Access)
	if err != nil {
		return nil, err
	}
	return append(append(append(data[:len(data)-1], `,"access":`...), access...), '}'), nil
}

type clientMembers maskinporten.ClientCreate

// clientFields is how JSON has a [Client].
type clientFields struct {
	Name string `json:"name,omitzero"`
	clientMembers
}

// MarshalJSON writes a client as [Parse] reads it.
func (c Client) MarshalJSON() ([]byte, error) {
	fields := clientFields{Name: c.Name, clientMembers: clientMembers(c.ClientCreate)}
	fields.clientMembers.Name = "" // written as name
	return json.Marshal(fields)
}
