package registry

import (
	"maps"
	"slices"
	"time"
)

// State is everything that a registry knows: what [Registry.Export] gives and
// [Registry.Import] takes. As JSON it is read by [ParseState]. It holds no
// secrets, only their digests.
type State struct {
	Organizations []OrganizationState `json:"organizations"`
	Prefixes      []PrefixState       `json:"prefixes"`
	Scopes        []*Scope            `json:"scopes"`
	Accesses      []AccessState       `json:"accesses"`
	Clients       []ClientState       `json:"clients"`
	Delegations   []Delegation        `json:"delegations"`
	SystemUsers   []SystemUser        `json:"system_users"`
}

// OrganizationState is an organisation with the built-in scopes that it may put
// on its clients.
type OrganizationState struct {
	OrgNo       string   `json:"orgno"`
	Name        string   `json:"name"`
	AdminScopes []string `json:"admin_scopes,omitzero"`
}

// PrefixState is a prefix without what its owner's entry says.
type PrefixState struct {
	Prefix      string    `json:"prefix"`
	OwnerOrgNo  string    `json:"owner_orgno"`
	Active      bool      `json:"active"`
	Created     time.Time `json:"created,omitzero"`
	LastUpdated time.Time `json:"last_updated,omitzero"`
}

// AccessState is an access without what its scope's entry and those of the
// organisations say.
type AccessState struct {
	Scope         string    `json:"scope"`
	ConsumerOrgNo string    `json:"consumer_orgno"`
	State         string    `json:"state"` // empty: APPROVED
	Created       time.Time `json:"created,omitzero"`
	LastUpdated   time.Time `json:"last_updated,omitzero"`
}

// ClientState is a client as the API shows it, with what is kept of its secret.
type ClientState struct {
	Client
	SecretDigest  string    `json:"secret_digest,omitzero"` // SHA-256 in hex
	SecretExpires time.Time `json:"secret_expires,omitzero"`
}

// Export returns the whole state as self-service knows it, all of one moment.
// Lists are in order, so that equal states make equal JSON.
func (r *Registry) Export() State {
	r.mu.RLock()
	defer r.mu.RUnlock()
	s := State{
		Organizations: []OrganizationState{}, Prefixes: []PrefixState{}, Scopes: slices.AppendSeq([]*Scope{}, r.scopes.all()),
		Accesses: r.exportAccesses(), Clients: []ClientState{}, Delegations: r.sortedDelegations(), SystemUsers: r.sortedSystemUsers(),
	}
	for o := range r.organizations.all() {
		s.Organizations = append(s.Organizations, OrganizationState{OrgNo: o.OrgNo, Name: o.Name, AdminScopes: slices.Sorted(maps.Keys(r.adminScopes[o.OrgNo]))})
	}
	for p := range r.prefixes.all() {
		s.Prefixes = append(s.Prefixes, PrefixState{
			Prefix: p.Prefix, OwnerOrgNo: p.OwnerOrgNo, Active: p.Active, Created: p.Created, LastUpdated: p.LastUpdated,
		})
	}
	for c := range r.clients.all() {
		s.Clients = append(s.Clients, ClientState{Client: *c, SecretDigest: c.secretDigest, SecretExpires: c.secretExpires})
	}
	return s
}

func (r *Registry) exportAccesses() []AccessState {
	list := make([]AccessState, 0, len(r.accesses.grants))
	for _, n := range r.accesses.all() {
		g := &r.accesses.grants[n]
		list = append(list, AccessState{
			Scope: r.accesses.scopeName(g.scope), ConsumerOrgNo: unpackOrgNo(g.consumer), State: g.state.String(),
			Created: time.UnixMilli(g.created).UTC(), LastUpdated: time.UnixMilli(g.updated).UTC(),
		})
	}
	return list
}
