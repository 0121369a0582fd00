package desired

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

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

// MarshalJSON writes the changes, none being an empty list, and why
// [ChangeSet.Apply] would refuse them without its options.
func (c *ChangeSet) MarshalJSON() ([]byte, error) {
	type fields ChangeSet
	shown := fields(*c)
	shown.Changes = append([]Change{}, c.Changes...) // [], not null
	refused := ""
	if err := c.groups.refusal(c.Changes, ApplyOptions{}); err != nil {
		refused = errtext.Plain(err)
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
	if err := c.groups.refusal(c.Changes, ApplyOptions{}); err != nil {
		b.WriteString("\nnote: " + errtext.Plain(err))
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
