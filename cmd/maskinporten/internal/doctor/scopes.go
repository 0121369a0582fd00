package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/nearest"
)

// publicFacts is what the public list of scopes tells.
type publicFacts struct {
	asked  bool
	scopes map[string]*maskinporten.Scope // of those asked for
	names  []string                       // of all that were listed
	err    error
}

// lookAtPublicScopes reads the public list below the prefixes asked for; the whole
// of it only where there is no such prefix.
func (x *examination) lookAtPublicScopes(ctx context.Context) {
	p := &x.public
	if problem, _ := x.settingsProblem(); problem != "" || x.Target.API == "" || x.probe.blocked() != "" {
		return
	}
	x.Doing("the public list of scopes")
	service, err := maskinporten.New(x.Target, maskinporten.Credentials{}, append(x.options(), maskinporten.WithExternalAuth())...)
	if err != nil {
		p.err = err
		return
	}
	defer func() { _ = service.Close() }() // it never fails
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	p.asked, p.scopes = true, map[string]*maskinporten.Scope{}
	var read []string
	for _, scope := range x.Request.Scopes {
		prefix, _, _ := strings.Cut(scope, ":")
		if slices.Contains(read, prefix) {
			continue
		}
		read = append(read, prefix)
		if n := p.read(ctx, service, prefix, x.Request.Scopes); n == 0 && p.err == nil && x.token.token == nil {
			p.read(ctx, service, "", x.Request.Scopes)
		}
	}
}

// read lists the scopes below a prefix, or all, and returns how many there are.
func (p *publicFacts) read(ctx context.Context, service *maskinporten.Client, prefix string, wanted []string) int {
	n := 0
	for scope, err := range service.Scopes.Public(ctx, maskinporten.PublicScopeFilter{Prefix: prefix, Inactive: true}) {
		if err != nil {
			p.err = err
			return n
		}
		n++
		if scope.Active {
			p.names = append(p.names, scope.Name)
		}
		if slices.Contains(wanted, scope.Name) {
			p.scopes[scope.Name] = scope
		}
	}
	return n
}

// known is what is known of a scope, by whom; nil if nothing is.
func (x *examination) known(name string) (*maskinporten.Scope, string) {
	if scope := x.public.scopes[name]; scope != nil {
		return scope, usedPublic
	}
	if scope := x.admin.own[name]; scope != nil {
		return scope, usedAdmin
	}
	return nil, ""
}

// finding is what a step finds about one scope.
type finding struct {
	verdict Verdict
	proof   string
	remedy  string
	used    []string
}

// together makes one step of what is found about all scopes: the worst verdict, with
// what led to it first. Nil if nothing is.
func (x *examination) together(name string, refusal *maskinporten.TokenError, find func(scope string, refusal *maskinporten.TokenError) finding) *Step {
	step := &Step{Name: name, Verdict: Skipped}
	var findings []finding
	for _, scope := range x.Request.Scopes {
		findings = append(findings, find(scope, refusal))
	}
	var proofs, remedies []string
	for _, verdict := range []Verdict{Fail, Warn, OK} {
		for _, f := range findings {
			if f.verdict != verdict {
				continue
			}
			if len(proofs) == 0 {
				step.Verdict = verdict
			}
			proofs = append(proofs, f.proof)
			if f.remedy != "" && !slices.Contains(remedies, f.remedy) {
				remedies = append(remedies, f.remedy)
			}
			for _, used := range f.used {
				if used != "" && !slices.Contains(step.Used, used) {
					step.Used = append(step.Used, used)
				}
			}
		}
	}
	if len(proofs) == 0 {
		return nil
	}
	step.Proof, step.Remedy = strings.Join(proofs, "; "), strings.Join(remedies, "; ")
	return step
}

// scopes: are they there, in use, and on the client?
func (x *examination) scopes() *Step {
	const name = "scopes"
	if problem, _ := x.settingsProblem(); problem != "" {
		return skipped(name, "the settings must be right first")
	}
	refusal := x.refusedFor(maskinporten.SubjectScope)
	step := x.together(name, refusal, x.scope)
	if step == nil {
		return skipped(name, x.notAsked())
	}
	if refusal != nil && step.Verdict != Fail {
		return fail(name, said(refusal)+"; "+step.Proof, refusal.Remedy(), append(step.Used, usedToken)...)
	}
	return x.asAnswered(step, refusal)
}

func (x *examination) scope(name string, refusal *maskinporten.TokenError) finding {
	scope, by := x.known(name)
	state := describeScope(name, scope)
	if scope == nil && x.public.asked && x.public.err == nil {
		state, by = name+", which is not in the public list", usedPublic
	}
	client := x.admin.client
	switch {
	case scope != nil && !scope.Active:
		return finding{Fail, state + "; its owner has deactivated it", "ask the owner what replaces it", []string{by}}
	case client != nil && !slices.Contains(client.Scopes, name):
		return x.notOnClient(name, state, by)
	case client != nil && scope != nil && len(scope.AllowedIntegrationTypes) > 0 && !slices.Contains(scope.AllowedIntegrationTypes, client.IntegrationType):
		return finding{Fail, fmt.Sprintf("%s; it is for clients of type %v, and this one is %s", state, scope.AllowedIntegrationTypes, client.IntegrationType),
			"ask its owner to allow " + string(client.IntegrationType), []string{usedAdmin, by}}
	case client != nil:
		return finding{OK, state + "; it is on the client", "", []string{usedAdmin, by}}
	case refusal != nil && (strings.Contains(refusal.Description, name) || !x.namesScope(refusal)):
		remedy := refusal.Remedy()
		if near := likeliest(name, x.public.names); near != "" && scope == nil {
			remedy = "is it " + near + "? else " + remedy
		}
		return finding{Fail, state + "; " + said(refusal), remedy, []string{usedToken, by}}
	case x.got(maskinporten.SubjectAccess, maskinporten.SubjectDelegation, maskinporten.SubjectDetails):
		return finding{OK, state + "; it is on the client", "", []string{usedToken, by}}
	}
	return finding{verdict: Skipped}
}

// notOnClient is a scope that the admin client didn't see on the client. Without
// access it can't be put there.
func (x *examination) notOnClient(name, state, by string) finding {
	client := x.admin.client
	proof, remedy := state+"; it is not on the client, which has "+orNone(client.Scopes), "add it to the client in self-service"
	if access := x.accessSeen(name); access != nil && access.verdict == Fail {
		proof, remedy = proof+"; "+access.proof, access.remedy+", then "+remedy
	}
	if near := likeliest(name, append(slices.Clone(client.Scopes), x.public.names...)); near != "" && by != usedAdmin && x.public.scopes[name] == nil {
		remedy = "is it " + near + "? else " + remedy
	}
	return finding{Fail, proof, remedy, []string{usedAdmin, by}}
}

// namesScope reports whether a refusal says which of the scopes it is about.
func (x *examination) namesScope(refusal *maskinporten.TokenError) bool {
	return slices.ContainsFunc(x.Request.Scopes, func(scope string) bool { return strings.Contains(refusal.Description, scope) })
}

// describeScope tells the owner of a scope, and whether it is open to all.
func describeScope(name string, scope *maskinporten.Scope) string {
	switch {
	case scope == nil:
		return name
	case scope.AccessibleForAll:
		return fmt.Sprintf("%s of %s, open to all", name, scope.OwnerOrgNo)
	}
	return fmt.Sprintf("%s of %s", name, scope.OwnerOrgNo)
}

func orNone(names []string) string {
	const most = 6
	switch {
	case len(names) == 0:
		return "none"
	case len(names) > most:
		return fmt.Sprintf("%d others", len(names))
	}
	return strings.Join(names, " ")
}

// likeliest is the name that differs least from a misspelt one, or nothing where all
// differ much.
func likeliest(name string, names []string) string {
	best, least := "", max(1, len(name)/6)+1
	for _, other := range names {
		if d := nearest.Distance(name, other); d < least && other != name {
			best, least = other, d
		}
	}
	return best
}
