package verify

import (
	"cmp"
	"errors"
	"slices"
)

// rule is all that one route requires.
type rule struct {
	scope ScopeRequirement
	more  []Requirement
	// err is set where a requirement is empty or malformed: nobody fulfils such
	// a rule.
	err error
}

// newRule puts the requirements in the order in which they are looked at.
func newRule(scope ScopeRequirement, more []Requirement) rule {
	r := rule{scope: scope, more: more, err: scope.Err()}
	if len(more) == 0 {
		return r
	}
	for _, requirement := range more {
		if r.err == nil {
			r.err = requirement.Err()
		}
		if r.err == nil && requirement.needsScope && scope.none {
			r.err = errors.New("verify: WithoutScope names no scope whose access could be asked for")
		}
	}
	byCost := func(a, b Requirement) int { return cmp.Compare(a.last, b.last) }
	if !slices.IsSortedFunc(more, byCost) {
		r.more = slices.SortedStableFunc(slices.Values(more), byCost)
	}
	return r
}

// newRoute is newRule for a route, which is made when the program starts.
func newRoute(scope ScopeRequirement, more []Requirement) *rule {
	r := newRule(scope, slices.Clone(more))
	if r.err != nil {
		panic(r.err) //nolint:forbidigo // the program has just started, and has taken no input
	}
	return &r
}

// check asks all that is required beside the scope.
func (r *rule) check(q *question) error {
	for _, requirement := range r.more {
		if err := requirement.check(q); err != nil {
			return err
		}
	}
	return nil
}
