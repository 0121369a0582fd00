package maskinporten

import (
	"context"
	"fmt"
	"strings"

	"github.com/maskinporten-go/maskinporten/internal/diff"
)

// AccessPlan is what would change to make the accesses to a scope those that
// are wanted. Nothing is changed until [AccessPlan.Apply]; until then its
// lists may be shortened.
type AccessPlan struct {
	// Scope is the name of the scope.
	Scope string
	// Grant are the consumers that would be given access, in rising order.
	Grant []OrgNo
	// Revoke are the consumers whose access would be taken back, in rising
	// order.
	Revoke []OrgNo
	// Keep are the consumers that have access and keep it, in rising order.
	Keep []OrgNo

	service *AccessService
	names   map[OrgNo]string // of those that have access
}

// Plan compares the consumers that are wanted on a scope of the own organisation
// with those that have access (GET /scopes/access?scope=). Consumers that are
// named twice count once. Accesses that are only requested are granted if wanted,
// and otherwise left alone.
//
// Nobody wanted gives a plan that takes everybody's access;
// [AccessPlan.Apply] carries that out only with [ApplyOptions].AllowEmpty.
func (s *AccessService) Plan(ctx context.Context, scope string, wanted []OrgNo) (*AccessPlan, error) {
	const name = "Access.Plan"
	if err := s.caller.checkScopeName(name, scope); err != nil {
		return nil, err
	}
	for i, consumer := range wanted {
		if err := checkOrgNo(name, fmt.Sprintf("wanted[%d]", i), consumer); err != nil {
			return nil, err
		}
	}
	names, err := s.approved(ctx, name, scope)
	if err != nil {
		return nil, err
	}
	changes := diff.Sets(wanted, names)
	return &AccessPlan{
		Scope: scope, Grant: changes.Add, Revoke: changes.Remove, Keep: changes.Keep,
		service: s, names: names,
	}, nil
}

// approved returns the consumers that have access to the scope, with their
// names as far as the service tells them.
func (s *AccessService) approved(ctx context.Context, operationName, scope string) (map[OrgNo]string, error) {
	consumers := map[OrgNo]string{}
	for access, err := range s.given(ctx, operationName, AccessFilter{Scope: scope}) {
		if err != nil {
			return nil, err
		}
		if access.Approved() && access.Scope == scope {
			consumers[access.ConsumerOrgNo] = access.ConsumerOrganizationName
		}
	}
	return consumers, nil
}

// Empty reports whether there is nothing to change.
func (p *AccessPlan) Empty() bool { return len(p.Grant) == 0 && len(p.Revoke) == 0 }

// String describes the plan for a dry run: a line that counts, then a line
// for each change.
//
//	difi:api3: 1 to grant, 1 to revoke, 2 kept
//	  + 889640782
//	  - 910753614 Eksempel AS
func (p *AccessPlan) String() string {
	if p.Empty() {
		return fmt.Sprintf("%s: nothing to change, %d kept", p.Scope, len(p.Keep))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d to grant, %d to revoke, %d kept", p.Scope, len(p.Grant), len(p.Revoke), len(p.Keep))
	for _, consumer := range p.Grant {
		b.WriteString("\n  + " + string(consumer))
	}
	for _, consumer := range p.Revoke {
		b.WriteString(strings.TrimRight("\n  - "+string(consumer)+" "+p.names[consumer], " "))
	}
	return b.String()
}

// Apply carries the plan out: first every grant, then every revocation, a
// few at a time. It goes on after a failure, since what one consumer gets
// says nothing about the others; only when ctx ends, or the service no longer
// lets the client in or doesn't answer for a while, the rest is left.
//
// The result tells what became of each change, and the error is that of
// [AccessResult.Err]. After a failure make a new plan and apply that: what
// was done needs no change any more.
//
// A plan that takes everybody's access and gives it to nobody is refused
// without [ApplyOptions].AllowEmpty: more often than not the wanted list was lost.
func (p *AccessPlan) Apply(ctx context.Context, options ApplyOptions) (*AccessResult, error) {
	const name = "Access.Apply"
	switch {
	case p.service == nil:
		return nil, invalidArgument(name, "plan", "was not made by Access.Plan")
	case len(p.Grant) == 0 && len(p.Keep) == 0 && len(p.Revoke) > 0 && !options.AllowEmpty:
		return nil, invalidArgument(name, "plan", fmt.Sprintf("takes access to %s from all %d consumers and leaves nobody: give AllowEmpty if that is meant", p.Scope, len(p.Revoke)))
	}
	run := newAccessRun(p.service, name, p.Scope, options)
	run.add(AccessActionGrant, p.Grant)
	run.add(AccessActionRevoke, p.Revoke)
	return run.do(ctx)
}
