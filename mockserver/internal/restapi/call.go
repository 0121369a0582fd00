package restapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/lenient"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// call is one call on its way.
type call struct {
	*API
	*http.Request
	op         *operation
	parameters map[string]string
	identity   Identity
	portal     bool           // by the portal's address
	notes      *lenient.Notes // nil: strict
}

// operation is one call of the API.
type operation struct {
	name    string // such as "PUT /scopes/access/{consumer_orgno}"
	method  string
	pattern []string // segments; "{name}" stands for any
	scopes  []string // one of them allows it; none: an open call
	handle  func(*call) (any, error)
	portal  bool // served at the portal's address only

	assumedScopes bool // that the call asks for just these is assumed
	varies        bool // answers 201 or 204 where other statuses are wanted
	created       bool // answers so always
}

func newOperation(method, pattern string, scopes []string, handle func(*call) (any, error)) operation {
	return operationAt(operation{method: method, scopes: scopes, handle: handle}, strings.Split(pattern, "/"))
}

// operationAt is the operation at a path, with the name that goes with it.
func operationAt(o operation, pattern []string) operation {
	o.pattern, o.name = pattern, o.method+" /"+strings.Join(pattern, "/")
	return o
}

// The scopes with which a caller acts for others.
const (
	supplierScope = "idporten:dcr.supplier"
	altinnScope   = "idporten:dcr.altinn" // at an address of its own
)

// checkAllowed refuses a caller that holds none of the scopes that the operation
// asks for.
func (c *call) checkAllowed() error {
	if slices.ContainsFunc(c.op.scopes, func(scope string) bool { return slices.Contains(c.identity.Scopes, scope) }) {
		return nil
	}
	var refusal error = &httpError{http.StatusForbidden, "The token has none of the scopes that allow this: " + strings.Join(c.op.scopes, ", "), false}
	if c.op.assumedScopes {
		return c.notes.Assumed(refusal)
	}
	return refusal
}

// caller is who calls, in the registry's terms.
func (c *call) caller() registry.Caller {
	own := slices.ContainsFunc(c.op.scopes, func(scope string) bool {
		return scope != supplierScope && scope != altinnScope && slices.Contains(c.identity.Scopes, scope)
	})
	return registry.Caller{
		OrgNo: c.identity.OrgNo, Actor: c.identity.Actor, Lenient: c.notes,
		Own: own, Supplier: slices.Contains(c.identity.Scopes, supplierScope) || slices.Contains(c.op.scopes, altinnScope),
	}
}

// listed answers a list. Where empty lists are errors, an empty one is one that
// says so with these words.
func listed[T any](c *call, list []T, err error, none string) (any, error) {
	if err == nil && len(list) == 0 && c.config.Variants.Has(variants.EmptyListsError) {
		return nil, &httpError{http.StatusNotFound, none, false}
	}
	return list, err
}

// param is a parameter of the path.
func (c *call) param(name string) string { return c.parameters[name] }

// query is a parameter of the query; empty when it isn't there.
func (c *call) query(name string) string { return c.URL.Query().Get(name) }

// ofScope makes a call of one that is about a scope. Its name may hold slashes, and
// so is a parameter of the query.
func ofScope(handle func(c *call, scope string) (any, error)) func(*call) (any, error) {
	return func(c *call) (any, error) {
		name := c.query("scope")
		if name == "" {
			return nil, refuse(http.StatusBadRequest, "The parameter scope is required")
		}
		return handle(c, name)
	}
}

// withInactive makes a call of one that lists what is inactive if so asked.
func withInactive(handle func(c *call, inactive bool) (any, error)) func(*call) (any, error) {
	return func(c *call) (any, error) {
		inactive, err := c.flag("inactive")
		if err != nil {
			return nil, err
		}
		return handle(c, inactive)
	}
}

// flag is a parameter of the query that is true or false, in any case; absent
// is false.
func (c *call) flag(name string) (bool, error) {
	values, ok := c.URL.Query()[name]
	if !ok {
		return false, nil
	}
	switch strings.ToLower(values[0]) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, refuse(http.StatusBadRequest, "The parameter "+name+" must be true or false")
}
