package desired

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/diff"
)

// Export returns what there is as a state: the active scopes with the
// organisations that have access, and the active clients, but not the one that
// is signed in with, and none that suppliers made for the organisation. A plan
// of it is empty. It owns nothing: say in Owns what it shall be the whole of.
func Export(ctx context.Context, client *maskinporten.Client, options Options) (*State, error) {
	everything := &State{Owns: Owns{Prefixes: []string{"*"}, Clients: []string{"*"}}}
	if options.AsSupplier {
		everything.Owns.Prefixes = nil
	}
	there, err := readReal(ctx, client, everything, options)
	if err != nil {
		return nil, err
	}
	state := &State{}
	for _, name := range slices.Sorted(maps.Keys(there.scopes)) {
		if scope := there.scopes[name]; scope.Active {
			state.Scopes = append(state.Scopes, exportScope(scope, name, there.access[name]))
		}
	}
	self, index := options.self(client), indexClients(there.clients, options)
	for _, registration := range there.clients {
		if registration.Active && registration.ClientID != self && !options.supplierKeeps(registration) {
			state.Clients = append(state.Clients, exportClient(registration, index, options))
		}
	}
	slices.SortStableFunc(state.Clients, func(a, b Client) int { return strings.Compare(a.Name, b.Name) })
	return state, nil
}

func exportScope(scope *maskinporten.Scope, name string, access map[maskinporten.OrgNo]string) Scope {
	var exported Scope
	copyFields(&exported.ScopeCreate, scope)
	exported.Prefix, exported.Subscope, _ = strings.Cut(name, ":")
	exported.Protected = false // Digdir's
	for name, text := range scope.Extra {
		if isTranslation(name) && textOf(text) != "" {
			if exported.Extra == nil {
				exported.Extra = map[string]json.RawMessage{}
			}
			exported.Extra[name] = text
		}
	}
	exported.Access = append([]maskinporten.OrgNo{}, slices.Sorted(maps.Keys(access))...)
	return exported
}

// exportClient names a client by its id only where its name doesn't tell it
// apart, so that the state of one environment serves in another.
func exportClient(registration *maskinporten.ClientRegistration, index clientIndex, options Options) Client {
	var exported Client
	copyFields(&exported.ClientCreate, registration)
	exported.ClientID, exported.SupplierOrgNo = "", ""
	if !options.AsSupplier {
		exported.ClientOrgNo = ""
	}
	if found, problem := index.find(&exported, nil); exported.Name == "" || problem != "" || found != registration {
		exported.ClientID = registration.ClientID
	}
	return exported
}

// copyFields copies the fields that two structs share.
func copyFields(into, from any) {
	names := diff.Members(reflect.TypeOf(into).Elem())
	fields := make([]diff.Field, 0, len(names))
	for name := range names {
		fields = append(fields, diff.Field{Name: name})
	}
	diff.Set(into, from, fields)
}
