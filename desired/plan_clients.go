package desired

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/diff"
)

// clientRules: see [Client].
var clientRules = map[string]diff.Rule{
	"client_id": diff.Ignored, "client_orgno": diff.Ignored, "integration_type": diff.Ignored, "client_uri": diff.Ignored, "supplier_orgno": diff.Ignored,
	"application_type": diff.Optional, "token_endpoint_auth_method": diff.Optional, "grant_types": diff.Optional,
	"access_token_lifetime": diff.Optional, "refresh_token_lifetime": diff.Optional, "authorization_lifetime": diff.Optional,
	"refresh_token_usage": diff.Optional, "sso_disabled": diff.Optional, "code_challenge_method": diff.Optional,
}

// clientIndex finds clients by id and by name.
type clientIndex struct {
	byID   map[string]*maskinporten.ClientRegistration
	byName map[string][]*maskinporten.ClientRegistration
}

// indexClients passes over names of clients that suppliers keep: a state that
// names one means a client of one's own.
func indexClients(clients []*maskinporten.ClientRegistration, options Options) clientIndex {
	index := clientIndex{
		byID:   make(map[string]*maskinporten.ClientRegistration, len(clients)),
		byName: make(map[string][]*maskinporten.ClientRegistration, len(clients)),
	}
	for _, client := range clients {
		index.byID[client.ClientID] = client
		if !options.supplierKeeps(client) {
			index.byName[client.Name] = append(index.byName[client.Name], client)
		}
	}
	return index
}

// find returns the client that a state means, nil if there is none, or what
// stands in the way. Taken are those that others of the state name by id.
func (x clientIndex) find(wanted *Client, taken map[string]bool) (found *maskinporten.ClientRegistration, problem string) {
	if wanted.ClientID != "" {
		there := x.byID[wanted.ClientID]
		if there != nil && wanted.IntegrationType != "" && there.IntegrationType != wanted.IntegrationType {
			return nil, otherType(there, wanted)
		}
		return there, ""
	}
	var ids []string
	var active, inactive, other *maskinporten.ClientRegistration
	for _, client := range x.byName[wanted.Name] {
		switch {
		case taken[client.ClientID], wanted.ClientOrgNo != "" && client.ClientOrgNo != wanted.ClientOrgNo:
		case client.IntegrationType != wanted.integrationType():
			if client.Active {
				other = client
			}
		case client.Active:
			active = client
			ids = append(ids, client.ClientID)
		case inactive == nil || touched(client).After(touched(inactive)):
			inactive = client
		}
	}
	switch {
	case len(ids) > 1:
		slices.Sort(ids)
		return nil, "several clients are called so: " + strings.Join(ids, ", ") + ": say which with client_id, or deactivate the others"
	case active == nil && other != nil:
		return nil, otherType(other, wanted)
	}
	return cmp.Or(active, inactive), ""
}

func otherType(there *maskinporten.ClientRegistration, wanted *Client) string {
	return "client " + there.ClientID + " of this name is of type " + string(there.IntegrationType) + ", not " + string(wanted.integrationType()) +
		", and the type never changes: give its integration_type, or another name"
}

func touched(client *maskinporten.ClientRegistration) time.Time {
	if client.LastUpdated.After(client.Created) {
		return client.LastUpdated
	}
	return client.Created
}

func (p *planner) planClients() {
	index := indexClients(p.real.clients, p.options)
	taken := takenIDs(p.state)
	named := map[string]bool{}
	for i := range p.state.Clients {
		wanted := &p.state.Clients[i]
		there, problem := index.find(wanted, taken)
		if problem != "" {
			p.found.add(clientPath(i), "%q: %s", wanted.Name, problem)
			continue
		}
		if there != nil {
			named[there.ClientID] = true
		}
		p.planClient(wanted, there)
	}
	p.planClientRemovals(named)
}

func takenIDs(s *State) map[string]bool {
	taken := map[string]bool{}
	for i := range s.Clients {
		if id := s.Clients[i].ClientID; id != "" {
			taken[id] = true
		}
	}
	return taken
}

func (p *planner) planClient(wanted *Client, there *maskinporten.ClientRegistration) {
	change := Change{Kind: KindClient, Name: wanted.Name, wanted: wanted}
	if there == nil {
		change.Action, change.Fields = ActionCreate, created(&wanted.ClientCreate, nil)
		p.clients = append(p.clients, change)
		return
	}
	change.ClientID, change.Fields = there.ClientID, clientFieldsOf(wanted, there)
	switch {
	case there.ClientID == p.self && len(change.Fields) > 0:
		p.note("client %s (%s) is not as the state has it, and stays as it is: it is the one that is signed in with", wanted.Name, there.ClientID)
		return
	case !there.Active:
		change.Action = ActionReactivate
	case len(change.Fields) > 0:
		change.Action = ActionChange
	default:
		p.kept++
		return
	}
	p.clients = append(p.clients, change)
}

// clientFieldsOf are the fields in which a client differs. Clients for the
// contact register have their scopes, whatever is sent.
func clientFieldsOf(wanted *Client, there *maskinporten.ClientRegistration) []FieldChange {
	fields := diff.Fields(&wanted.ClientCreate, there, clientRules)
	if there.IntegrationType == maskinporten.IntegrationTypeKRR && len(wanted.Scopes) == 0 {
		fields = slices.DeleteFunc(fields, func(f diff.Field) bool { return f.Name == "scopes" })
	}
	return fieldChanges(fields)
}

func (p *planner) planClientRemovals(named map[string]bool) {
	suppliers := 0
	for _, client := range p.real.clients {
		if !client.Active || client.ClientID == p.self || !owns(p.state.Owns.Clients, client.Name) {
			continue
		}
		if p.options.supplierKeeps(client) && !named[client.ClientID] {
			suppliers++
			continue
		}
		p.groups.there(string(KindClient), 1)
		if !named[client.ClientID] {
			p.endClients = append(p.endClients, Change{Action: ActionDeactivate, Kind: KindClient, Name: client.Name, ClientID: client.ClientID})
		}
	}
	if suppliers > 0 {
		p.note("%s that suppliers made for the organisation, with names that the state owns, stay: they are the suppliers' to keep", count(suppliers, "client", "clients"))
	}
	slices.SortFunc(p.endClients, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ClientID, b.ClientID))
	})
}
