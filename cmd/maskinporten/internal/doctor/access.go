package doctor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten"
)

// access: may the organisation use the scopes?
func (x *examination) access() *Step {
	const name = "access"
	if problem, _ := x.settingsProblem(); problem != "" {
		return skipped(name, "the settings must be right first")
	}
	refusal := x.refusedFor(maskinporten.SubjectAccess)
	step := x.together(name, refusal, x.accessTo)
	switch {
	case step == nil && x.noneOnClient():
		return skipped(name, "the scopes must be right first: see scopes")
	case step == nil:
		return skipped(name, x.notAsked())
	case refusal != nil && step.Verdict != Fail && x.retired():
		return skipped(name, "the token endpoint refuses it for a scope that is no longer in use: see scopes")
	case refusal != nil && step.Verdict != Fail:
		return fail(name, step.Proof+"; but the token endpoint: "+said(refusal),
			"access that was given a moment ago may need a while; else ask the API provider whether the scope is in use", append(step.Used, usedToken)...)
	}
	return x.asAnswered(step, refusal)
}

// noneOnClient reports whether the admin client saw none of the scopes on the client.
func (x *examination) noneOnClient() bool {
	client := x.admin.client
	return client != nil && !slices.ContainsFunc(x.Request.Scopes, func(name string) bool { return slices.Contains(client.Scopes, name) })
}

// retired reports whether one of the scopes is known to be deactivated, which is
// refused like access that is missing.
func (x *examination) retired() bool {
	return slices.ContainsFunc(x.Request.Scopes, func(name string) bool {
		scope, _ := x.known(name)
		return scope != nil && !scope.Active
	})
}

func (x *examination) accessTo(name string, refusal *maskinporten.TokenError) finding {
	if client := x.admin.client; client != nil && !slices.Contains(client.Scopes, name) {
		return finding{verdict: Skipped} // told with the scope
	}
	if f := x.accessSeen(name); f != nil {
		return *f
	}
	switch {
	case refusal != nil && x.retired():
		return finding{verdict: Skipped}
	case refusal != nil && (strings.Contains(refusal.Description, name) || !x.namesScope(refusal)):
		scope, by := x.known(name)
		remedy := refusal.Remedy()
		if scope != nil {
			remedy += " (" + string(scope.OwnerOrgNo) + ")"
		}
		return finding{Fail, said(refusal), remedy, []string{usedToken, by}}
	case x.got(maskinporten.SubjectDetails):
		return finding{OK, name + " may be used", "", []string{usedToken}}
	}
	return finding{verdict: Skipped}
}

// accessSeen is what self-service and the public list tell of the access of the
// client's own organisation, nil if nothing.
func (x *examination) accessSeen(name string) *finding {
	a := &x.admin
	scope, by := x.known(name)
	switch {
	case x.Request.ConsumerOrg != "" || a.client == nil || a.client.SupplierOrgNo != "":
		return nil // the access is another organisation's
	case scope != nil && scope.AccessibleForAll:
		return &finding{OK, name + " is open to all", "", []string{by}}
	case scope != nil && scope.OwnerOrgNo == a.client.ClientOrgNo:
		return &finding{OK, name + " is the organisation's own", "", []string{by}}
	case a.receivedErr != nil:
		return nil
	}
	accesses := a.received[name]
	for _, access := range accesses {
		if access.Approved() {
			return &finding{OK, fmt.Sprintf("%s was given by %s on %s", name, owner(access), day(access.Created)), "", []string{usedAdmin}}
		}
	}
	if len(accesses) == 0 && scope != nil && scope.DelegationSource != "" && x.token.token != nil {
		return nil
	}
	ask := "ask the API provider for access"
	if scope != nil {
		ask = fmt.Sprintf("ask %s, who owns it, for access", scope.OwnerOrgNo)
	}
	for _, access := range accesses {
		ask = fmt.Sprintf("ask %s, who owns it, for access", owner(access))
		if access.State == maskinporten.AccessStateRequested {
			return &finding{Fail, fmt.Sprintf("access to %s was asked for on %s, and is not given yet", name, day(access.Created)), "wait, or ask " + owner(access), []string{usedAdmin}}
		}
	}
	if len(accesses) > 0 {
		last := accesses[len(accesses)-1]
		return &finding{Fail, fmt.Sprintf("access to %s was taken back on %s", name, day(last.LastUpdated)), ask, []string{usedAdmin}}
	}
	return &finding{Fail, fmt.Sprintf("%s was never given access to %s", a.client.ClientOrgNo, name), ask, []string{usedAdmin, by}}
}

func owner(access *maskinporten.Access) string {
	if access.OwnerOrganizationName == "" {
		return string(access.OwnerOrgNo)
	}
	return fmt.Sprintf("%s (%s)", access.OwnerOrganizationName, access.OwnerOrgNo)
}

// delegation: has the consumer delegated the scopes? Nil where nobody is acted for.
func (x *examination) delegation() *Step {
	const name = "delegation"
	refusal := x.refusedFor(maskinporten.SubjectDelegation)
	if x.Request.ConsumerOrg == "" && refusal == nil {
		return nil
	}
	client := x.admin.client
	notDelegable, by := x.notDelegable()
	switch {
	case client != nil && client.ClientOrgNo == x.Request.ConsumerOrg:
		return fail(name, fmt.Sprintf("%s is the client's own organisation", x.Request.ConsumerOrg), "leave consumer_org out where the client acts for itself", usedAdmin)
	case notDelegable != nil && x.token.token == nil && (refusal == nil || refusal.Code != "invalid_request"):
		step := fail(name, notDelegable.Name+" can't be delegated: it has no delegation source", "ask its owner, "+string(notDelegable.OwnerOrgNo)+", to allow delegation", by)
		if refusal != nil {
			step.Proof += "; " + said(refusal)
		}
		return x.asAnswered(step, refusal)
	case refusal != nil:
		return fail(name, said(refusal), refusal.Remedy(), usedToken)
	case x.got(maskinporten.SubjectDetails):
		return ok(name, fmt.Sprintf("%s has delegated the scopes", x.Request.ConsumerOrg), usedToken)
	}
	return skipped(name, x.notAsked())
}

// notDelegable is the first of the scopes that is known to have no delegation
// source, and who knows it; nil if there is none.
func (x *examination) notDelegable() (*maskinporten.Scope, string) {
	for _, name := range x.Request.Scopes {
		if scope, by := x.known(name); scope != nil && scope.DelegationSource == "" {
			return scope, by
		}
	}
	return nil, ""
}

// details: is there such a system user or consent? Nil where none is asked for.
func (x *examination) details() *Step {
	name, whose := "", ""
	switch detail := x.Request.AuthorizationDetails.(type) {
	case maskinporten.SystemUser:
		name, whose = "system user", "of "+string(detail.OrgNo)
		if detail.ExternalRef != "" {
			whose += ", externalRef " + detail.ExternalRef
		}
	case maskinporten.Consent:
		name, whose = "consent", detail.ID
	}
	refusal := x.refusedFor(maskinporten.SubjectDetails)
	if refusal != nil && name == "" {
		name = "system user or consent"
	}
	switch {
	case name == "":
		return nil
	case refusal != nil:
		return fail(name, joined(whose, said(refusal)), refusal.Remedy(), usedToken)
	case x.token.token != nil:
		return ok(name, whose+", is in the token", usedToken)
	}
	return skipped(name, x.notAsked())
}
