package verify

import (
	"cmp"
	"slices"
)

// rule is all that one route requires.
type rule struct {
	scope    ScopeRequirement
	more     []Requirement
	possible bool
}

// newRule puts the requirements in the order in which they are looked at. A
// requirement that is empty or malformed makes a rule that nobody fulfils.
func newRule(scope ScopeRequirement, more []Requirement) rule {
	r := rule{scope: scope, more: slices.Clone(more), possible: scope.possible()}
	for _, requirement := range more {
		r.possible = r.possible && requirement.check != nil && (!requirement.needsScope || !scope.none)
	}
	slices.SortStableFunc(r.more, func(a, b Requirement) int { return cmp.Compare(a.last, b.last) })
	return r
}

func (r *rule) check(q *question) error {
	if err := r.scope.check(q.claims); err != nil {
		return err
	}
	for _, requirement := range r.more {
		if err := requirement.check(q); err != nil {
			return err
		}
	}
	return nil
}
