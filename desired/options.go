package desired

import "github.com/maskinporten-go/maskinporten"

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

// supplierKeeps reports whether a client of the organisation was made by a
// supplier, and so is no business of the organisation's own state.
func (o Options) supplierKeeps(client *maskinporten.ClientRegistration) bool {
	return !o.AsSupplier && client.SupplierOrgNo != "" && client.SupplierOrgNo != client.ClientOrgNo
}

// self is the client that is signed in with, as far as it is known.
func (o Options) self(client *maskinporten.Client) string {
	if auth := client.Authenticator(); auth != nil && o.SignedInAs == "" {
		return auth.ClientID()
	}
	return o.SignedInAs
}

// ApplyOptions say how [ChangeSet.Apply] goes about it. The zero value is
// good.
type ApplyOptions struct {
	// Concurrency is how many changes are made at a time: 1 to 32, and 4
	// where it is 0.
	Concurrency int
	// AllowEmpty lets everything go that is owned: the last scope, the last
	// client, the last access, or all accesses to a scope that stays.
	AllowEmpty bool
	// MaxRemovedPercent is how much of what is owned may be taken away at
	// once, 30 where it is 0, and 100 for no bound: of the scopes, of the
	// clients, of all accesses, and of those to each scope. It is looked at
	// where there are ten or more.
	MaxRemovedPercent int
	// Stop, if set, is closed when no further change shall begin: when somebody
	// interrupts a program. Changes that have begun are finished, so that it is
	// known of each whether it was made; the end of ctx breaks them off.
	Stop <-chan struct{}
	// Progress, if set, is called after each change, never twice at the same
	// time.
	Progress func(Progress)
}

// Progress is passed to [ApplyOptions].Progress after each change.
type Progress struct {
	// Item is the change that was just tried.
	Item Item
	// Done changes of Total have been tried, this one included.
	Done, Total int
}
