package desired

import (
	"cmp"
	"slices"

	"github.com/maskinporten-go/maskinporten"
)

// State is what an organisation wants of its scopes, accesses and clients. It
// reads and writes JSON; [Schema] describes it for editors.
//
// What the state doesn't name is left alone, unless Owns says otherwise.
type State struct { //nolint:recvcheck // only reading changes it
	// Schema is where the JSON Schema of the file is, for editors ("$schema").
	Schema string
	// Owns says which things the state is the whole of.
	Owns Owns
	// Scopes are the scopes that shall be there, and active.
	Scopes []Scope
	// Clients are the clients that shall be there, and active.
	Clients []Client
}

// Owns says of which scopes and clients the state names all that shall be.
// Only of these is anything taken away.
type Owns struct {
	// Prefixes: scopes below these that the state doesn't name are
	// deactivated, their accesses taken back first; and so are accesses that a
	// named scope's list doesn't hold.
	Prefixes []string `json:"prefixes,omitzero"`
	// Clients are patterns of names, in which * stands for any text: clients
	// with such a name that the state doesn't name are deactivated, but none
	// that a supplier made for the organisation.
	Clients []string `json:"clients,omitzero"`
}

// Scope is a scope that shall be there.
//
// Texts, numbers and true or false that are left out are made empty, 0 and
// false. What the service has its own default for is left as it is when it is
// left out (visibility), and so are lists: an empty list empties. Translations
// go as they do in [maskinporten.ScopeCreate], "description#en", and Extra
// holds nothing else.
type Scope struct { //nolint:recvcheck // only reading changes it
	maskinporten.ScopeCreate
	// Access are the organisations that may use it. Nil leaves the accesses
	// alone; an empty list is nobody.
	Access []maskinporten.OrgNo
}

// Name is the scope's name, prefix:subscope.
func (s Scope) Name() string { return s.Prefix + ":" + s.Subscope }

// Client is a client that shall be there. It is found by its ClientID if it
// has one, else by its name, among those of its integration type (and of its
// ClientOrgNo, if that is given) that no supplier made.
//
// What is left out is as for [Scope]; left as they are when they are left out
// are also the application type, the method, the lifetimes and the other
// fields that the service has its own default for. ClientURI is sent when a
// client is made, and not compared. Keys and secrets are not part of a state.
//
// In JSON, Name is "name"; the others are called as on the wire.
type Client struct { //nolint:recvcheck // only reading changes it
	maskinporten.ClientCreate
}

// integrationType is the type that the client has, or gets.
func (c Client) integrationType() maskinporten.IntegrationType {
	return cmp.Or(c.IntegrationType, maskinporten.IntegrationTypeMaskinporten)
}

// owns reports whether a name fits one of the patterns.
func owns(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return fits(pattern, name) })
}
