package desired

import (
	"context"
	"slices"

	"github.com/maskinporten-go/maskinporten"
)

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
	p := &planner{state: state, options: options, self: options.self(client), groups: groups{}}
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
	p.noteEmptyOwns()
	if err := p.found.err(); err != nil {
		return nil, err
	}
	return p.changeSet(client, options), nil
}

func (p *planner) changeSet(client *maskinporten.Client, options Options) *ChangeSet {
	return &ChangeSet{
		Changes: slices.Concat(p.create, p.grant, p.change, p.clients, p.revoke, p.endClients, p.endScopes),
		Kept:    p.kept, Notes: p.notes,
		client: client, options: options, self: p.self, taken: takenIDs(p.state), groups: p.groups,
	}
}
