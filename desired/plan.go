package desired

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/diff"
)

// Options say how [Plan] and [Export] look at what there is. The zero value is
// good.
type Options struct {
	// SignedInAs is the client that is never touched: the client id that one is
	// signed in with, which is known unless authentication is left to others
	// ([maskinporten.WithExternalAuth]).
	SignedInAs string
	// AsSupplier keeps the clients of other organisations, as
	// [maskinporten.ClientsService.AsSupplier] does.
	AsSupplier bool
}

func (o Options) clients(client *maskinporten.Client) *maskinporten.ClientsService {
	if o.AsSupplier {
		return client.Clients.AsSupplier()
	}
	return client.Clients
}

// self is the client that is signed in with, as far as it is known.
func (o Options) self(client *maskinporten.Client) string {
	if auth := client.Authenticator(); auth != nil && o.SignedInAs == "" {
		return auth.ClientID()
	}
	return o.SignedInAs
}

// Plan compares a state with what there is, and tells what would have to be
// changed. It changes nothing; [ChangeSet.Apply] does. It reads scopes,
// accesses and clients with one call each, and only what the state is about.
//
// What is wrong with the state is a [*StateError], before anything is read.
func Plan(ctx context.Context, client *maskinporten.Client, state *State, options Options) (*ChangeSet, error) {
	if client == nil || state == nil {
		return nil, &StateError{Problems: []Problem{{Text: "client and state must be given"}}}
	}
	if err := state.Check(); err != nil {
		return nil, err
	}
	p := &planner{state: state, self: options.self(client), groups: groups{}}
	if len(state.Owns.Clients) > 0 && p.self == "" {
		return nil, &StateError{Problems: []Problem{{Path: "owns.clients", Text: "it isn't known which client is signed in with: give Options.SignedInAs, so that it is not deactivated"}}}
	}
	there, err := readReal(ctx, client, state, options)
	if err != nil {
		return nil, err
	}
	p.real = there
	p.planScopes()
	p.planClients()
	p.planRemovals()
	if err := p.found.err(); err != nil {
		return nil, err
	}
	return p.changeSet(client, options), nil
}

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

func prefixOf(name string) string {
	prefix, _, _ := strings.Cut(name, ":")
	return prefix
}

func (p *planner) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

func (p *planner) changeSet(client *maskinporten.Client, options Options) *ChangeSet {
	return &ChangeSet{
		Changes: slices.Concat(p.create, p.grant, p.change, p.clients, p.revoke, p.endClients, p.endScopes),
		Kept:    p.kept, Notes: p.notes,
		client: client, options: options, self: p.self, taken: takenIDs(p.state), groups: p.groups,
	}
}
