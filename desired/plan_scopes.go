package desired

import (
	"maps"
	"slices"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/diff"
)

// scopeRules: see [Scope].
var scopeRules = map[string]diff.Rule{
	"visibility": diff.Optional, "token_type": diff.Optional, "prefix": diff.Ignored, "subscope": diff.Ignored,
	"protected": diff.Ignored, // Digdir's: ignored when it is sent
}

func (p *planner) planScopes() {
	for i := range p.state.Scopes {
		wanted := &p.state.Scopes[i]
		there, found := p.real.scopes[wanted.Name()]
		change := Change{Kind: KindScope, Name: wanted.Name(), scope: wanted}
		switch {
		case !found:
			change.Action, change.Fields = ActionCreate, created(&wanted.ScopeCreate, wanted.Extra)
			p.create = append(p.create, change)
		case !there.Active:
			change.Action, change.Fields = ActionReactivate, scopeFields(wanted, there)
			p.create = append(p.create, change)
		default:
			if change.Fields = scopeFields(wanted, there); len(change.Fields) > 0 {
				change.Action = ActionChange
				p.change = append(p.change, change)
			} else {
				p.kept++
			}
		}
		if wanted.Access != nil {
			p.planAccess(wanted)
		}
	}
}

// scopeFields are the fields and translations in which a scope differs.
func scopeFields(wanted *Scope, there *maskinporten.Scope) []FieldChange {
	return append(fieldChanges(diff.Fields(&wanted.ScopeCreate, there, scopeRules)), translations(wanted.Extra, there.Extra)...)
}

func (p *planner) planAccess(wanted *Scope) {
	name := wanted.Name()
	owned := slices.Contains(p.state.Owns.Prefixes, wanted.Prefix)
	there := p.real.access[name]
	lists := diff.Sets(wanted.Access, there)
	for _, consumer := range lists.Add {
		p.grant = append(p.grant, Change{Action: ActionGrant, Kind: KindAccess, Name: name, Consumer: consumer})
	}
	p.kept += len(lists.Keep)
	if !owned {
		if left := len(lists.Remove); left > 0 {
			p.note("%s of %s that the state doesn't name stay, since it doesn't own the prefix %s", count(left, "access", "accesses"), name, wanted.Prefix)
		}
		return
	}
	p.groups.there("access to "+name, len(there))
	p.revokeAll(name, lists.Remove)
}

func (p *planner) revokeAll(scope string, consumers []maskinporten.OrgNo) {
	for _, consumer := range consumers {
		p.revoke = append(p.revoke, Change{Action: ActionRevoke, Kind: KindAccess, Name: scope, Consumer: consumer, ConsumerName: p.real.access[scope][consumer]})
	}
}

// planRemovals takes away what is owned and not named.
func (p *planner) planRemovals() {
	named := map[string]bool{}
	for i := range p.state.Scopes {
		named[p.state.Scopes[i].Name()] = true
	}
	for _, name := range slices.Sorted(maps.Keys(p.real.scopes)) {
		scope := p.real.scopes[name]
		if !slices.Contains(p.state.Owns.Prefixes, prefixOf(name)) {
			continue
		}
		if scope.Active {
			p.groups.there(string(KindScope), 1)
		}
		p.groups.there(string(KindAccess), len(p.real.access[name]))
		if named[name] {
			continue
		}
		p.revokeAll(name, slices.Sorted(maps.Keys(p.real.access[name])))
		if scope.Active {
			p.endScopes = append(p.endScopes, Change{Action: ActionDeactivate, Kind: KindScope, Name: name})
		}
	}
}
