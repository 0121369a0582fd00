package restapi

import (
	"net/http"
	"slices"
	"strings"
)

// operation is one call of the API.
type operation struct {
	method  string
	pattern []string // segments; "{name}" stands for any
	scopes  []string // one of them allows it; none: an open call
	handle  func(*call) (any, error)
	portal  bool   // served at the portal's address only
	allow   string // methods of the same pattern
}

func (o *operation) name() string { return o.method + " /" + strings.Join(o.pattern, "/") }

// The OAuth scopes, in the groups that calls ask for.
var (
	readScopes  = []string{"idporten:scopes.read", "idporten:scopes.write"}
	writeScopes = []string{"idporten:scopes.write"}

	readClients  = []string{"idporten:dcr.read", "idporten:dcr.write", supplierScope}
	writeClients = []string{"idporten:dcr.write", supplierScope}
	writeKeys    = []string{"idporten:dcr.write", "idporten:dcr.modify", supplierScope}

	writeOnBehalfOf = []string{"idporten:dcr.write", "idporten:dcr.modify", "idporten:dcr/onbehalfof.write", "idporten:dcr/onbehalfof:write", supplierScope}
	readOnBehalfOf  = append([]string{"idporten:dcr.read"}, writeOnBehalfOf...)
)

// operations are all calls there are.
var operations = table([]operation{
	get("scopes", readScopes, listScopes),
	post("scopes", writeScopes, createScope),
	put("scopes", writeScopes, replaceScope),
	del("scopes", writeScopes, deactivateScope),
	get("scopes/scope", readScopes, getScope),
	get("scopes/all", nil, publicScopes),
	get("prefix", readScopes, ownPrefixes),
	get("prefix/all", nil, allPrefixes),
	get("delegationsources", nil, delegationSources),
	get("organizations/{orgno}", nil, organization),

	get("scopes/access", readScopes, accessGiven),
	get("scopes/access/all", readScopes, accessReceived),
	put("scopes/access/{consumer_orgno}", writeScopes, grantAccess),
	del("scopes/access/{consumer_orgno}", writeScopes, revokeAccess),

	get("clients", readClients, listClients),
	post("clients", writeClients, createClient),
	get("clients/{id}", readClients, getClient),
	put("clients/{id}", writeClients, replaceClient),
	del("clients/{id}", writeClients, deactivateClient),
	post("clients/{id}/secret", writeClients, rotateSecret),

	get("clients/{id}/jwks", readClients, listKeys),
	post("clients/{id}/jwks", writeKeys, replaceKeys),
	del("clients/{id}/jwks", writeKeys, deleteKeys),
	get("clients/{id}/jwks/{kid}", readClients, getKey),
	put("clients/{id}/jwks/{kid}", writeKeys, putKey),
	del("clients/{id}/jwks/{kid}", writeKeys, deleteKey),
	post("api/v2/clients/{id}/key", writeKeys, addKeyText),

	get("clients/{id}/onbehalfof", readOnBehalfOf, listOnBehalfOf),
	post("clients/{id}/onbehalfof", writeOnBehalfOf, createOnBehalfOf),
	get("clients/{id}/onbehalfof/{value}", readOnBehalfOf, getOnBehalfOf),
	put("clients/{id}/onbehalfof/{value}", writeOnBehalfOf, replaceOnBehalfOf),
	del("clients/{id}/onbehalfof/{value}", writeOnBehalfOf, deleteOnBehalfOf),

	get("integrations", readClients, listIntegrations),
	get("apis", readScopes, listAPIs),
	atPortal(get("integrations/{id}/merchant-data", readClients, merchantData)),
	atPortal(put("integrations/{id}/merchant-data", writeClients, saveMerchantData)),
})

func get(pattern string, scopes []string, handle func(*call) (any, error)) operation {
	return operation{method: http.MethodGet, pattern: strings.Split(pattern, "/"), scopes: scopes, handle: handle}
}

func post(pattern string, scopes []string, handle func(*call) (any, error)) operation {
	return operation{method: http.MethodPost, pattern: strings.Split(pattern, "/"), scopes: scopes, handle: handle}
}

func put(pattern string, scopes []string, handle func(*call) (any, error)) operation {
	return operation{method: http.MethodPut, pattern: strings.Split(pattern, "/"), scopes: scopes, handle: handle}
}

func del(pattern string, scopes []string, handle func(*call) (any, error)) operation {
	return operation{method: http.MethodDelete, pattern: strings.Split(pattern, "/"), scopes: scopes, handle: handle}
}

func atPortal(o operation) operation {
	o.portal = true
	return o
}

// table fills in which methods a pattern has.
func table(all []operation) []operation {
	for i := range all {
		var methods []string
		for _, other := range all {
			if slices.Equal(other.pattern, all[i].pattern) {
				methods = append(methods, other.method)
			}
		}
		all[i].allow = strings.Join(methods, ", ")
	}
	return all
}

// route finds the operation for a path. When the path exists but the method
// doesn't, it returns an operation of the path beside the error.
func route(method string, segments []string, portal bool) (*operation, map[string]string, error) {
	if len(segments) >= 2 && segments[0] == "api" && segments[1] == "v1" {
		segments = segments[2:]
	}
	var wrongMethod *operation
	for i := range operations {
		op := &operations[i]
		if op.portal && !portal || !op.matches(segments) {
			continue
		}
		if op.method == method {
			return op, op.parameters(segments), nil
		}
		// A literal pattern hides those with parameters: DELETE scopes/access/all
		// is no consumer, but there is no harm in its organisation number.
		wrongMethod = op
	}
	if wrongMethod != nil {
		return wrongMethod, nil, refuse(http.StatusMethodNotAllowed, "The method "+method+" is not allowed here, only "+wrongMethod.allow)
	}
	return nil, nil, refuse(http.StatusNotFound, "There is no such resource")
}

func (o *operation) matches(segments []string) bool {
	if len(segments) != len(o.pattern) {
		return false
	}
	for i, part := range o.pattern {
		if part[0] != '{' && part != segments[i] {
			return false
		}
	}
	return true
}

func (o *operation) parameters(segments []string) map[string]string {
	var parameters map[string]string
	for i, part := range o.pattern {
		if part[0] == '{' {
			if parameters == nil {
				parameters = map[string]string{}
			}
			parameters[strings.Trim(part, "{}")] = segments[i]
		}
	}
	return parameters
}
