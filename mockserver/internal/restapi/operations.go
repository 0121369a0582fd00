package restapi

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// The OAuth scopes, in the groups that calls ask for.
var (
	readScopes  = []string{"idporten:scopes.read", "idporten:scopes.write"}
	writeScopes = []string{"idporten:scopes.write"}

	readClients  = []string{"idporten:dcr.read", "idporten:dcr.write", supplierScope}
	writeClients = []string{"idporten:dcr.write", supplierScope}
	writeKeys    = []string{"idporten:dcr.write", "idporten:dcr.modify", supplierScope}

	writeOnBehalfOf = []string{"idporten:dcr.write", "idporten:dcr.modify", "idporten:dcr/onbehalfof.write", "idporten:dcr/onbehalfof:write", supplierScope}
	readOnBehalfOf  = append([]string{"idporten:dcr.read"}, writeOnBehalfOf...)

	readIntegrations  = []string{"idporten:dcr.read", "idporten:dcr.write"}
	writeIntegrations = []string{"idporten:dcr.write"}
)

// operations are all calls there are.
var operations = slices.Concat(selfService, altinnOperations())

var selfService = []operation{
	get("scopes", readScopes, withInactive(listScopes)),
	post("scopes", writeScopes, taking(createScope)),
	put("scopes", writeScopes, ofScope(replaceScope)),
	del("scopes", writeScopes, ofScope(deactivateScope)),
	get("scopes/scope", readScopes, ofScope(getScope)),
	get("scopes/all", nil, publicScopes),
	get("prefix", readScopes, ownPrefixes),
	get("prefix/all", nil, withInactive(allPrefixes)),
	get("delegationsources", nil, delegationSources),
	get("organizations/{orgno}", nil, organization),

	get("scopes/access", readScopes, withInactive(accessGiven)),
	get("scopes/access/all", readScopes, withInactive(accessReceived)),
	put("scopes/access/{consumer_orgno}", writeScopes, ofScope(grantAccess)),
	del("scopes/access/{consumer_orgno}", writeScopes, ofScope(revokeAccess)),

	get("clients", readClients, withInactive(listClients)),
	varying(post("clients", writeClients, taking(createClient))),
	get("clients/{id}", readClients, getClient),
	put("clients/{id}", writeClients, taking(replaceClient)),
	varying(del("clients/{id}", writeClients, deactivateClient)),
	post("clients/{id}/secret", writeClients, rotateSecret),

	get("clients/{id}/jwks", readClients, listKeys),
	varying(post("clients/{id}/jwks", writeKeys, taking(replaceKeys))),
	varying(del("clients/{id}/jwks", writeKeys, deleteKeys)),
	get("clients/{id}/jwks/{kid}", readClients, getKey),
	put("clients/{id}/jwks/{kid}", writeKeys, taking(putKey)),
	varying(del("clients/{id}/jwks/{kid}", writeKeys, deleteKey)),
	varying(post("api/v2/clients/{id}/key", writeKeys, addKeyText)),

	get("clients/{id}/onbehalfof", readOnBehalfOf, listOnBehalfOf),
	post("clients/{id}/onbehalfof", writeOnBehalfOf, taking(createOnBehalfOf)),
	get("clients/{id}/onbehalfof/{value}", readOnBehalfOf, getOnBehalfOf),
	put("clients/{id}/onbehalfof/{value}", writeOnBehalfOf, taking(replaceOnBehalfOf)),
	del("clients/{id}/onbehalfof/{value}", writeOnBehalfOf, deleteOnBehalfOf),

	withAssumedScopes(get("integrations", readIntegrations, listIntegrations)),
	withAssumedScopes(get("apis", readScopes, listAPIs)),
	atPortal(get("available-scopes", readClients, availableScopes)),
	atPortal(get("key-status", readClients, keyStatus)),
	atPortal(get("integrations/{id}/merchant-data", readIntegrations, merchantData)),
	atPortal(put("integrations/{id}/merchant-data", writeIntegrations, taking(saveMerchantData))),
}

// altinnOperations are the calls for clients and keys as Altinn makes them: with a
// scope of its own, which gives a supplier's rights, and other statuses.
func altinnOperations() []operation {
	var calls []operation
	for _, o := range selfService {
		if o.pattern[0] != "clients" || slices.Contains(o.pattern, "onbehalfof") {
			continue
		}
		if o.method == http.MethodGet && len(o.pattern) == 2 {
			o.handle = brokenAtAltinn
		}
		o.scopes, o.created = []string{altinnScope}, true
		calls = append(calls, operationAt(o, append([]string{"altinn", "admin"}, o.pattern...)))
	}
	return calls
}

// brokenAtAltinn: so the real service answers a GET of one client there.
func brokenAtAltinn(*call) (any, error) { return nil, errors.New("Internal server error") } //nolint:revive,staticcheck // shown to the client as it is

// Operations names the calls that don't need the portal's address, such as
// "PUT /scopes/access/{consumer_orgno}".
func Operations() []string {
	var names []string
	for i := range operations {
		if !operations[i].portal {
			names = append(names, operations[i].name)
		}
	}
	return names
}

// OperationOf names the call that a request makes, if its path lies below an
// environment's root; "" if there is none.
func OperationOf(method string, segments []string) string {
	if op, _, _ := route(method, segments, false); op != nil {
		return op.name
	}
	return ""
}

func get(pattern string, scopes []string, handle func(*call) (any, error)) operation {
	return newOperation(http.MethodGet, pattern, scopes, handle)
}

func post(pattern string, scopes []string, handle func(*call) (any, error)) operation {
	return newOperation(http.MethodPost, pattern, scopes, handle)
}

func put(pattern string, scopes []string, handle func(*call) (any, error)) operation {
	return newOperation(http.MethodPut, pattern, scopes, handle)
}

func del(pattern string, scopes []string, handle func(*call) (any, error)) operation {
	return newOperation(http.MethodDelete, pattern, scopes, handle)
}

func withAssumedScopes(o operation) operation {
	o.assumedScopes = true
	return o
}

func varying(o operation) operation {
	o.varies = true
	return o
}

func atPortal(o operation) operation {
	o.portal = true
	return o
}

// route finds the operation for a path and its parameters. When there is none,
// it returns the methods that the path has, if it exists at all.
func route(method string, segments []string, portal bool) (op *operation, parameters map[string]string, allowed []string) {
	if len(segments) > 1 && segments[0] == "external" && segments[1] == "api" { // an older address of the same
		segments = segments[1:]
	}
	version := ""
	if len(segments) >= 2 && segments[0] == "api" {
		version = segments[1]
	}
	if version == "v1" {
		segments = segments[2:]
	}
	for i := range operations {
		op := &operations[i]
		switch {
		case op.portal && !portal, version == "v1" && op.pattern[0] == "api", !op.matches(segments):
		case op.method == method:
			return op, op.parameters(segments), nil
		case !slices.Contains(allowed, op.method):
			allowed = append(allowed, op.method)
		}
	}
	return nil, nil, allowed
}

func (o *operation) matches(segments []string) bool {
	return slices.EqualFunc(o.pattern, segments, func(part, segment string) bool { return part[0] == '{' || part == segment })
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
