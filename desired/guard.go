package desired

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/maskinporten-go/maskinporten"
)

const (
	// defaultRemovedPercent of what is owned may be taken away at once, and
	// fewestForPercent must be there before that is looked at: of three
	// things, one is already a third.
	defaultRemovedPercent = 30
	fewestForPercent      = 10
)

// groups counts what is there and owned: scopes, clients, accesses in all and
// to each scope.
type groups map[string]int

func (g groups) there(group string, n int) { g[group] += n }

// groupsOf are those that a change is counted in.
func groupsOf(c Change) []string {
	if c.Kind == KindAccess {
		return []string{string(KindAccess), "access to " + c.Name}
	}
	return []string{string(c.Kind)}
}

// refusal tells why the changes may not be made with these options: they take
// away everything of a group, or too much of it. More often than not a list
// was lost.
func (g groups) refusal(changes []Change, options ApplyOptions) error {
	removed, added := map[string]int{}, map[string]int{}
	for _, change := range changes {
		counts := added
		switch change.Action {
		case ActionDeactivate, ActionRevoke:
			counts = removed
		case ActionChange:
			continue
		case ActionCreate, ActionReactivate, ActionGrant:
		}
		for _, group := range groupsOf(change) {
			counts[group]++
		}
	}
	most := cmp.Or(options.MaxRemovedPercent, defaultRemovedPercent)
	for _, group := range slices.Sorted(maps.Keys(removed)) {
		gone, there := removed[group], g[group]
		problem := ""
		switch {
		case there == 0: // the accesses of a scope that goes: counted with all others
		case gone >= there && added[group] == 0:
			if !options.AllowEmpty {
				problem = fmt.Sprintf("takes away all that is owned (%s): give AllowEmpty if that is meant", described(group, there, there))
			}
		case there >= fewestForPercent && gone*100 > there*most:
			problem = fmt.Sprintf("takes away %s, more than %d %%: give MaxRemovedPercent if that is meant", described(group, gone, there), most)
		}
		if problem != "" {
			return &maskinporten.ArgumentError{Operation: "desired.Apply", Argument: "changes", Problem: problem}
		}
	}
	return nil
}

func described(group string, n, of int) string {
	numbers := fmt.Sprintf("%d of %d", n, of)
	switch group {
	case string(KindScope):
		return numbers + " scopes"
	case string(KindClient):
		return numbers + " clients"
	case string(KindAccess):
		return numbers + " accesses"
	}
	return numbers + " with " + group
}
