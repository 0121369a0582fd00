package desired

import (
	"fmt"
	"strings"
)

// planner works out the changes, by the order in which they will be done.
type planner struct {
	state *State
	real  *real
	self  string
	found problems

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
