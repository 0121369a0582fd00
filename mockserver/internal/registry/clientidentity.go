package registry

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/lenient"
)

const (
	digits       = "0123456789"
	alphanumeric = digits + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	ofIDs        = alphanumeric + "._-"
	longestID    = 255
)

// consistsOf reports whether a text has these characters only. Unlike a pattern
// it costs a program's start nothing.
func consistsOf(text, characters string) bool { return strings.Trim(text, characters) == "" }

// isID reports whether a name may be a client id, a kid or an onbehalfof value:
// each is one harmless path segment.
func isID(name string) bool {
	return len(name) <= longestID && consistsOf(name, ofIDs) && !onlyDots(name)
}

// checkSegment refuses what is no id (assumed: nothing is published), and lets
// nothing through that can't be one segment of a path.
func checkSegment(object, field, name string, notes *lenient.Notes) error {
	if isID(name) {
		return nil
	}
	refusal := invalid(object, field, "%s is 1 to 255 letters, digits, '.', '_' and '-'", field)
	if onlyDots(name) || strings.ContainsAny(name, `/\`) || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return refusal
	}
	return notes.Assumed(refusal)
}

// onlyDots reports whether a name would bend a path.
func onlyDots(name string) bool { return strings.Trim(name, ".") == "" }

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
	if client == "" {
		client = caller.OrgNo
	}
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
