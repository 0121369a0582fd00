package registry

import (
	"cmp"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/lenient"
)

// newClientID checks the id that was asked for, or makes one.
func (r *Registry) newClientID(wanted string, notes *lenient.Notes) (string, error) {
	if wanted == "" {
		id := r.newID()
		for _, taken := r.clients.get(id); taken; _, taken = r.clients.get(id) { // a seeded sequence may begin again
			id = r.newID()
		}
		return id, nil
	}
	if err := checkSegment("Client", "client_id", wanted, notes); err != nil {
		return "", err
	}
	if strings.HasPrefix(wanted, providerIDPrefix) {
		return "", invalid("Client", "client_id", "A client_id doesn't begin with %s: that is for API providers", providerIDPrefix)
	}
	if _, taken := r.clients.get(wanted); taken {
		return "", conflict("Client", "Client %s exists already", wanted)
	}
	return wanted, nil
}

// clientOwners tells whose a new client is: the caller's, or a customer's of
// whom the caller is the supplier.
func clientOwners(caller Caller, in *ClientInput) (client, supplier string, err error) {
	client = in.ClientOrgNo
	client = cmp.Or(client, caller.OrgNo)
	if err := checkOrgNo("Client", "client_orgno", client); err != nil {
		return "", "", err
	}
	own := caller.Own && client == caller.OrgNo
	if !own && !caller.Supplier {
		return "", "", forbidden("Client", "Organization %s may not register clients for %s", caller.OrgNo, client)
	}
	if !own {
		supplier = caller.OrgNo
	}
	if in.SupplierOrgNo != "" && in.SupplierOrgNo != supplier {
		refusal := invalid("Client", "supplier_orgno", "supplier_orgno is the organisation that registers a client for another")
		if err := caller.Lenient.Assumed(refusal); err != nil {
			return "", "", err
		}
	}
	return client, supplier, nil
}

// checkIdentity refuses a replacement that would change what never changes.
// Where it isn't refused it isn't heeded.
func checkIdentity(old *Client, in *ClientInput, notes *lenient.Notes) error {
	for _, f := range []struct{ field, was, sent string }{
		{"client_id", old.ClientID, in.ClientID},
		{"client_orgno", old.ClientOrgNo, in.ClientOrgNo},
		{"supplier_orgno", old.SupplierOrgNo, in.SupplierOrgNo},
		{"integration_type", old.IntegrationType, in.IntegrationType},
	} {
		if f.sent == "" || f.sent == f.was {
			continue
		}
		if err := notes.Assumed(invalid("Client", f.field, "%s never changes", f.field)); err != nil {
			return err
		}
	}
	return nil
}

// clientFor returns a client that the caller may act on. The caller of this
// method holds the lock.
func (r *Registry) clientFor(caller Caller, id string) (*Client, error) {
	c, ok := r.clients.get(id)
	if !ok {
		return nil, notFound("Client", "Client %s was not found", quoteShort(id))
	}
	if !mayActOn(caller, c) {
		return nil, forbidden("Client", "Client %s belongs to another organization", c.ClientID)
	}
	return c, nil
}

// mayActOn tells whose clients a caller may read and change.
func mayActOn(caller Caller, c *Client) bool {
	supplier := c.SupplierOrgNo == caller.OrgNo && caller.OrgNo != ""
	return supplier && caller.Supplier || caller.Own && (supplier || c.ClientOrgNo == caller.OrgNo)
}

func checkClientCaller(caller Caller) error {
	if !caller.Own && !caller.Supplier {
		return forbidden("Client", "Organization %s may not read clients", caller.OrgNo)
	}
	return nil
}

// insertClient stores a client that is new.
func (r *Registry) insertClient(c *Client) {
	r.ends.forget()
	r.clients.insert(c.ClientID, c, c.Created, c.ClientOrgNo, c.SupplierOrgNo)
	r.expiry.watch(c)
}

// replaceClient stores a new version of a client.
func (r *Registry) replaceClient(c *Client) {
	c.LastUpdated = r.now()
	r.storeClient(c)
}

// storeClient stores a new version of a client of which only what hangs on
// it has changed, keys and onbehalfof, which carry times of their own.
func (r *Registry) storeClient(c *Client) {
	r.ends.forget()
	r.clients.replace(c.ClientID, c, r.now())
	r.expiry.watch(c)
}
