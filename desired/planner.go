package desired

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// planner works out the changes, by the order in which they will be done.
type planner struct {
	state   *State
	real    *real
	self    string
	options Options
	found   problems

	create, grant, change, clients, revoke, endClients, endScopes []Change

	groups groups
	kept   int
	notes  []string
}

func (p *planner) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

func prefixOf(name string) string {
	prefix, _, _ := strings.Cut(name, ":")
	return prefix
}

// noteEmptyOwns tells of what is owned and isn't there at all: it may be
// misspelt, and then nothing is ever taken away.
func (p *planner) noteEmptyOwns() {
	scopes := slices.Collect(maps.Keys(p.real.scopes))
	for i := range p.state.Scopes {
		scopes = append(scopes, p.state.Scopes[i].Name())
	}
	for _, prefix := range p.state.Owns.Prefixes {
		if !slices.ContainsFunc(scopes, func(name string) bool { return prefixOf(name) == prefix }) {
			p.note("owns.prefixes: there is no scope below %q, and the state names none: is it spelt as in the scopes' names?", prefix)
		}
	}
	clients := make([]string, 0, len(p.real.clients)+len(p.state.Clients))
	for _, client := range p.real.clients {
		clients = append(clients, client.Name)
	}
	for i := range p.state.Clients {
		clients = append(clients, p.state.Clients[i].Name)
	}
	for _, pattern := range p.state.Owns.Clients {
		if !slices.ContainsFunc(clients, func(name string) bool { return fits(pattern, name) }) {
			p.note("owns.clients: no client is called as %q has it, and the state names none: * stands for any text, every other character for itself", pattern)
		}
	}
}
