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

// ChangeSet is what would change to make things as a state wants them, in the
// order in which it will be done: new scopes, grants, changes of scopes,
// clients, and then what is taken away. Nothing is changed until
// [ChangeSet.Apply]; until then Changes may be shortened.
type ChangeSet struct {
	// Changes are the things to do.
	Changes []Change `json:"changes"`
	// Kept counts the things that are named and are as they shall be.
	Kept int `json:"kept"`
	// Notes tell what was left alone, and why.
	Notes []string `json:"notes,omitzero"`

	client  *maskinporten.Client
	options Options
	self    string
	taken   map[string]bool // client ids that the state names
	groups  groups
}

// Empty reports whether there is nothing to change.
func (c *ChangeSet) Empty() bool { return len(c.Changes) == 0 }

// Count tells how many changes there are of an action.
func (c *ChangeSet) Count(action Action) int {
	n := 0
	for _, change := range c.Changes {
		if change.Action == action {
			n++
		}
	}
	return n
}

// MarshalJSON writes the changes, also none as a list, and why [Apply] would
// refuse them without its options.
func (c *ChangeSet) MarshalJSON() ([]byte, error) {
	type fields ChangeSet
	shown := fields(*c)
	shown.Changes = append([]Change{}, c.Changes...) // [], not null
	refused := ""
	if err := c.refusal(ApplyOptions{}); err != nil {
		refused = strings.TrimPrefix(err.Error(), prefix)
	}
	return json.Marshal(struct {
		fields
		Refused string `json:"refused,omitzero"`
	}{shown, refused})
}

// String describes the changes for a dry run: a line that counts, then a line
// for each change, with its fields below.
//
//	1 to create, 1 to change, 2 to grant, 12 kept
//	+ scope difi:weather.read
//	    description: "Read the weather"
//	+ access difi:weather.read 889640782
//	+ access difi:weather.read 974760673
//	~ client weather-reader (0b9c…)
//	    scopes: [] -> ["difi:weather.read"]
//	- access difi:old 910753614 Eksempel AS
func (c *ChangeSet) String() string {
	var b strings.Builder
	b.WriteString(c.summary())
	for _, change := range c.Changes {
		b.WriteString("\n" + change.String())
		for _, field := range change.Fields {
			b.WriteString("\n    " + field.text(change.Action == ActionCreate))
		}
	}
	for _, note := range c.Notes {
		b.WriteString("\nnote: " + note)
	}
	if err := c.refusal(ApplyOptions{}); err != nil {
		b.WriteString("\nnote: " + strings.TrimPrefix(err.Error(), prefix))
	}
	return b.String()
}

func (c *ChangeSet) summary() string {
	var parts []string
	for _, action := range []Action{ActionCreate, ActionReactivate, ActionChange, ActionDeactivate, ActionGrant, ActionRevoke} {
		if n := c.Count(action); n > 0 {
			parts = append(parts, fmt.Sprintf("%d to %s", n, action))
		}
	}
	if len(parts) == 0 {
		parts = []string{"nothing to change"}
	}
	return fmt.Sprintf("%s, %d kept", strings.Join(parts, ", "), c.Kept)
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
