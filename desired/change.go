package desired

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/diff"
)

// Action is what is done to one thing.
type Action string

// The actions.
const (
	ActionCreate     Action = "create"
	ActionReactivate Action = "reactivate" // and change, where fields differ
	ActionChange     Action = "change"
	ActionDeactivate Action = "deactivate"
	ActionGrant      Action = "grant"
	ActionRevoke     Action = "revoke"
)

// Kind is what something is done to.
type Kind string

// The kinds.
const (
	KindScope  Kind = "scope"
	KindAccess Kind = "access"
	KindClient Kind = "client"
)

// Change is one thing to do.
type Change struct {
	// Action is what is done, and Kind to what.
	Action Action `json:"action"`
	Kind   Kind   `json:"kind"`
	// Name is the name of the scope, be it that of the access, or of the
	// client.
	Name string `json:"name"`
	// ClientID is the client's, unless it is yet to be made.
	ClientID string `json:"client_id,omitzero"`
	// Consumer is given access or loses it, and is called ConsumerName as far
	// as the service tells.
	Consumer     maskinporten.OrgNo `json:"consumer_orgno,omitzero"`
	ConsumerName string             `json:"consumer_name,omitzero"`
	// Fields are those that change, of a new thing those that are given.
	Fields []FieldChange `json:"fields,omitzero"`

	scope  *Scope
	wanted *Client
}

// FieldChange is the change of one field, by its name in JSON.
type FieldChange struct {
	Field string `json:"field"`
	// Old is its value, nil where there was none.
	Old any `json:"old"`
	// New is what it will be, nil where nothing will be left.
	New any `json:"new"`
}

// String is one line, without the fields.
func (c Change) String() string {
	sign := "~"
	switch c.Action {
	case ActionCreate, ActionGrant:
		sign = "+"
	case ActionDeactivate, ActionRevoke:
		sign = "-"
	case ActionChange, ActionReactivate:
	}
	parts := []string{sign, string(c.Kind), shown(c.Name)}
	if c.ClientID != "" {
		parts = append(parts, "("+c.ClientID+")")
	}
	for _, part := range []string{string(c.Consumer), shown(c.ConsumerName)} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if c.Action == ActionReactivate {
		parts = append(parts, "is taken into use again")
	}
	return strings.Join(parts, " ")
}

// shown keeps a name from breaking a line, or a terminal.
func shown(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' {
			return '�'
		}
		return r
	}, name)
}

func (f FieldChange) text(isNew bool) string {
	if isNew {
		return f.Field + ": " + diff.Text(f.New)
	}
	return f.Field + ": " + f.value(f.Old) + " -> " + f.value(f.New)
}

func (f FieldChange) value(v any) string {
	if v == nil {
		return "none"
	}
	return diff.Text(v)
}

func fieldChanges(fields []diff.Field) []FieldChange {
	changes := make([]FieldChange, len(fields))
	for i, field := range fields {
		changes[i] = FieldChange{Field: field.Name, Old: field.Old, New: field.New}
	}
	return changes
}

// created lists what a new thing is made with.
func created(thing any, extra map[string]json.RawMessage) []FieldChange {
	var changes []FieldChange
	empty := reflect.New(reflect.TypeOf(thing).Elem()).Interface()
	named := map[string]diff.Rule{"prefix": diff.Ignored, "subscope": diff.Ignored, "client_name": diff.Ignored}
	for _, field := range fieldChanges(diff.Fields(thing, empty, named)) {
		field.Old = nil
		changes = append(changes, field)
	}
	return append(changes, translations(extra, nil)...)
}

// translations compares the texts in other languages.
func translations(wanted, there map[string]json.RawMessage) []FieldChange {
	all := maps.Clone(wanted)
	if all == nil {
		all = map[string]json.RawMessage{}
	}
	maps.Copy(all, there)
	var changes []FieldChange
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if was, now := textOf(there[name]), textOf(wanted[name]); was != now && isTranslation(name) {
			changes = append(changes, FieldChange{Field: name, Old: orNil(was), New: orNil(now)})
		}
	}
	return changes
}

// isTranslation reports whether a member of a scope is a text in another
// language.
func isTranslation(name string) bool {
	field, language, found := strings.Cut(name, "#")
	return found && language != "" && (field == string(maskinporten.FieldDescription) || field == string(maskinporten.FieldLongDescription))
}

func textOf(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return "" // absent, or no text
	}
	return text
}

func orNil(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func clientPath(i int) string { return fmt.Sprintf("clients[%d]", i) }
