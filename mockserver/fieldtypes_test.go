package mockserver_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// members are the names of an object's members, with their JSON types: string,
// boolean, integer, time (a string as in RFC 3339), and lists of them in brackets.
type members map[string]string

// table is what the service's documentation says of the members of one kind of
// object: the one list that OpenAPI, mock and SDK are held against.
type table struct {
	members
	// answered are those that a caller can't write.
	answered []string
	// schema is where OpenAPI describes the answer, written those of requests.
	schema  string
	written []string
	// sdk is what the SDK reads it into.
	sdk any
}

var tables = map[string]table{
	"Scope": {
		members: members{
			"prefix": "string", "subscope": "string", "name": "string", "description": "string", "long_description": "string",
			"active": "boolean", "created": "time", "last_updated": "time", "allowed_integration_types": "[string]",
			"owner_orgno": "string", "token_type": "string", "visibility": "string", "requires_user_consent": "boolean",
			"requires_user_authentication": "boolean", "requires_pseudonymous_tokens": "boolean", "delegation_source": "string",
			"at_max_age": "integer", "authorization_max_lifetime": "integer", "accessible_for_all": "boolean",
			"enforced_aud_for_access_token": "string", "protected": "boolean", "supports_european_businesses": "boolean",
		},
		answered: []string{"name", "created", "last_updated", "protected"},
		schema:   "components/schemas/Scope",
		written:  []string{"components/schemas/NewScope", "components/schemas/ScopeChange"},
		sdk:      maskinporten.Scope{},
	},
	"Access": {
		members: members{
			"scope": "string", "owner_orgno": "string", "owner_organization_name": "string", "consumer_orgno": "string",
			"consumer_organization_name": "string", "state": "string", "created": "time", "last_updated": "time",
		},
		schema: "components/schemas/Access", sdk: maskinporten.Access{},
	},
	"Client": {
		members: members{
			"client_id": "string", "client_name": "string", "client_orgno": "string", "supplier_orgno": "string", "description": "string",
			"active": "boolean", "application_type": "string", "integration_type": "string", "scopes": "[string]", "grant_types": "[string]",
			"token_endpoint_auth_method": "string", "access_token_lifetime": "integer", "refresh_token_lifetime": "integer",
			"authorization_lifetime": "integer", "refresh_token_usage": "string", "redirect_uris": "[string]",
			"post_logout_redirect_uris": "[string]", "frontchannel_logout_uri": "string", "frontchannel_logout_session_required": "boolean",
			"sso_disabled": "boolean", "code_challenge_method": "string", "client_uri": "string", "logo_uri": "string",
			"created": "time", "last_updated": "time", "client_secret": "string", "jwks": "object", "jwks_uri": "string", "onbehalfof": "[object]",
		},
		answered: []string{"created", "last_updated", "client_secret", "jwks", "jwks_uri", "onbehalfof"},
		schema:   "components/schemas/ClientWithSecret", written: []string{"components/schemas/NewClient"},
		sdk: maskinporten.ClientRegistration{},
	},
	"JsonWebKey": {
		members: members{
			"kty": "string", "kid": "string", "use": "string", "alg": "string", "n": "string", "e": "string", "x5c": "[string]",
			"exp": "integer", "created": "time", "last_updated": "time",
		},
		answered: []string{"created", "last_updated"},
		schema:   "components/schemas/ClientKey", written: []string{"components/schemas/NewClientKey"},
		sdk: maskinporten.JSONWebKey{},
	},
	"OnBehalfOf": {
		members: members{
			"onbehalfof": "string", "name": "string", "orgno": "string", "organization_name": "string", "description": "string",
			"uri": "string", "logo_uri": "string", "created": "time", "last_updated": "time",
		},
		answered: []string{"created", "last_updated"},
		schema:   "components/schemas/OnBehalfOf", written: []string{"components/schemas/NewOnBehalfOf"},
		sdk: maskinporten.OnBehalfOf{},
	},
	"Integration": {
		members: members{
			"id": "string", "description": "string", "customer_organization_number": "string", "supplier_organization_number": "string",
			"supplier_integration_id": "string", "integration_type": "string", "created": "time", "last_updated": "time", "active": "boolean",
		},
		schema: "components/schemas/Integration", sdk: maskinporten.Integration{},
	},
	"API": {
		members: members{"customer_organization_number": "string", "prefix": "[string]", "consumer_count": "integer"},
		schema:  "paths/~1api~1v1~1apis/get/responses/200/content/application~1json/schema/items", sdk: maskinporten.OfferedAPI{},
	},
	"Prefix": {
		members: members{
			"prefix": "string", "owner_orgno": "string", "organization_name": "string", "active": "boolean", "created": "time", "last_updated": "time",
		},
		schema: "components/schemas/Prefix", sdk: maskinporten.Prefix{},
	},
	"DelegationSource": {
		members: members{"issuer": "string", "name": "string", "created": "time", "lastUpdated": "time", "last_updated": "time"},
		schema:  "components/schemas/DelegationSource", sdk: maskinporten.DelegationSource{},
	},
	"Organization": {
		members: members{"orgnr": "string", "name": "string"},
		schema:  "paths/~1api~1v1~1organizations~1{orgno}/get/responses/200/content/application~1json/schema", sdk: maskinporten.Organization{},
	},
	"Error": {
		members: members{
			"status": "integer", "timestamp": "time", "correlation_id": "string", "errors": "[object]", "error": "string", "error_description": "string",
		},
		schema: "components/schemas/Error",
	},
	"FieldError": {
		members: members{"errorMessage": "string", "isFieldError": "boolean", "objectName": "string", "fieldIdentifier": "string"},
		schema:  "components/schemas/FieldError", sdk: maskinporten.FieldError{},
	},
	"TokenAnswer": {
		members: members{"access_token": "string", "token_type": "string", "expires_in": "integer", "scope": "string"},
		schema:  "components/schemas/TokenAnswer",
	},
	"TokenError": {
		members: members{"error": "string", "error_description": "string", "error_uri": "string"},
		schema:  "components/schemas/TokenError",
	},
}

// elsewhere are members that the mock never answers, as nothing sets them, and those that the SDK reads
// though no field has them as their name.
var elsewhere = struct{ mock, sdk map[string]bool }{
	mock: map[string]bool{"Client.jwks_uri": true, "DelegationSource.last_updated": true, "Integration.supplier_integration_id": true},
	sdk:  map[string]bool{"Client.client_secret": true, "DelegationSource.last_updated": true},
}

// apiDescription is the mock's OpenAPI document.
type apiDescription struct {
	*testing.T
	whole object
}

// at follows a path of names, in which ~1 stands for a slash.
func (d apiDescription) at(path string) object {
	d.Helper()
	node := any(d.whole)
	for name := range strings.SplitSeq(path, "/") {
		node = d.follow(node)[strings.ReplaceAll(name, "~1", "/")]
	}
	return d.follow(node)
}

// follow goes on where a schema refers to another.
func (d apiDescription) follow(node any) object {
	d.Helper()
	o, ok := node.(object)
	if !ok {
		d.Fatalf("the description has no object there: %v", node)
	}
	if reference, ok := o["$ref"].(string); ok {
		return d.at(strings.TrimPrefix(reference, "#/"))
	}
	return o
}

// kinds are the JSON types that a schema allows, null aside.
func (d apiDescription) kinds(schema object) []string {
	d.Helper()
	types, list := schema["type"].([]any)
	if !list {
		types = []any{schema["type"]}
	}
	var kinds []string
	for _, t := range types {
		kind, _ := t.(string)
		switch {
		case kind == "null":
			continue
		case kind == "array":
			kind = "[" + strings.Join(d.kinds(d.follow(schema["items"])), " ") + "]"
		case schema["format"] == "date-time":
			kind = "time"
		}
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	return kinds
}

// members are those of a schema.
func (d apiDescription) members(schema object) members {
	d.Helper()
	all := members{}
	properties, _ := schema["properties"].(object)
	for name, property := range properties {
		all[name] = strings.Join(d.kinds(d.follow(property)), " ")
	}
	return all
}

func TestTheDescriptionHasEveryMemberWithItsType(t *testing.T) {
	t.Parallel()
	d := apiDescription{T: t}
	newWire(t).send(http.MethodGet, "/openapi.json", nil, "").decode(&d.whole)
	for name, table := range tables {
		check.Same(t, table.members, d.members(d.at(table.schema)), name, ", -documented +described as answered")
		want := maps.Clone(table.members)
		for member, kind := range want {
			if slices.Contains(table.answered, member) {
				delete(want, member)
			} else if kind == "integer" {
				want[member] = "integer string" // numbers may be written as text
			}
		}
		for _, written := range table.written {
			if diff := cmp.Diff(want, d.members(d.at(written))); diff != "" {
				t.Errorf("%s, -documented +described in %s:\n%s", name, written, diff)
			}
		}
	}
}

// kindOf is the JSON type of a value that was decoded with numbers as they are.
func kindOf(t *testing.T, v any) string {
	t.Helper()
	switch v := v.(type) {
	case bool:
		return "boolean"
	case json.Number:
		if _, err := v.Int64(); err != nil {
			return "number"
		}
		return "integer"
	case string:
		if _, err := time.Parse(time.RFC3339, v); err == nil {
			return "time"
		}
		return "string"
	case []any:
		if len(v) == 0 {
			t.Errorf("an empty list says nothing of its elements")
			return "[]"
		}
		return "[" + kindOf(t, v[0]) + "]"
	case object:
		return "object"
	}
	return "null"
}

func TestTheMockAnswersEveryMemberWithItsType(t *testing.T) {
	t.Parallel()
	for name, answers := range everyMember(t) {
		got := members{}
		for _, answer := range answers {
			for member, value := range answer {
				if !strings.Contains(member, "#") { // a translation
					got[member] = kindOf(t, value)
				}
			}
		}
		want := maps.Clone(tables[name].members)
		maps.DeleteFunc(want, func(member, _ string) bool { return elsewhere.mock[name+"."+member] })
		check.Same(t, want, got, name, ", -documented +answered")
	}
}

// everyMember makes one of everything, with all that can be set, and returns
// answers that hold it. Numbers are sent as text.
func everyMember(t *testing.T) map[string][]object {
	t.Helper()
	w := newSteered(t)
	provider, clients := w.as("provider", scopesWrite), w.as("provider", dcrWrite)
	supplier := w.as("supplier", "idporten:dcr.supplier")
	full := object{
		"long_description": "Mer", "allowed_integration_types": []string{"maskinporten"}, "token_type": "SELF_CONTAINED", "visibility": "PUBLIC",
		"delegation_source": "https://tt02.altinn.no/", "at_max_age": "3600", "authorization_max_lifetime": "7200",
		"enforced_aud_for_access_token": "https://api.example/", "accessible_for_all": true, "owner_orgno": "991825827", "active": true,
	}
	made := provider.post("/scopes", scope("full", full)).want(http.StatusOK).object()
	access := provider.put("/scopes/access/889640782?scope=difi:full", nil).want(http.StatusOK).object()
	login := clients.post("/clients", object{
		"client_name": "Innlogging", "description": "For folk", "integration_type": "idporten", "application_type": "web",
		"token_endpoint_auth_method": "client_secret_basic", "scopes": []string{"openid"}, "grant_types": []string{"authorization_code"},
		"access_token_lifetime": "60", "refresh_token_lifetime": "61", "authorization_lifetime": "62", "refresh_token_usage": "ONETIME",
		"redirect_uris": []string{"https://app.example/"}, "post_logout_redirect_uris": []string{"https://app.example/ut"},
		"frontchannel_logout_uri": "https://app.example/logout", "frontchannel_logout_session_required": true, "sso_disabled": true,
		"code_challenge_method": "S256", "client_uri": "https://app.example", "logo_uri": "https://app.example/logo.png",
	}).want(http.StatusOK).object()
	path := "/clients/" + login["client_id"].(string)
	onBehalfOf := clients.post(path+"/onbehalfof", object{
		"onbehalfof": "kunde", "name": "Kunde", "orgno": "889640782", "organization_name": "Nav", "description": "En kunde",
		"uri": "https://kunde.example", "logo_uri": "https://kunde.example/logo.png",
	}).want(http.StatusOK).object()
	customers := supplier.post("/clients", object{"client_name": "For en kunde", "description": "Leverandørens", "client_orgno": "889640782", "scopes": []string{"difi:full"}}).want(http.StatusOK).object()
	customersPath := "/clients/" + customers["client_id"].(string)
	key := w.steer(http.MethodPost, "certificates", `{"environment":"test","orgno":"889640782","kind":"valid"}`).want(http.StatusOK).object()
	posted := supplier.put(customersPath+"/jwks/k", certifiedKey(t, key)).want(http.StatusOK).object()
	refusal := provider.post("/scopes", object{"prefix": "difi", "subscope": "x"}).object()
	return map[string][]object{
		"Scope":            {made},
		"Access":           {access},
		"Client":           {login, clients.get(path).want(http.StatusOK).object(), customers, supplier.get(customersPath).want(http.StatusOK).object()},
		"JsonWebKey":       {posted},
		"OnBehalfOf":       {onBehalfOf},
		"Integration":      w.as("supplier", dcrRead).get("/integrations").want(http.StatusOK).list(),
		"API":              provider.get("/apis").want(http.StatusOK).list(),
		"Prefix":           provider.get("/prefix").want(http.StatusOK).list(),
		"DelegationSource": provider.get("/delegationsources").want(http.StatusOK).list(),
		"Organization":     {provider.get("/organizations/889640782").want(http.StatusOK).object()},
		"Error":            {refusal},
		"FieldError":       {refusal["errors"].([]any)[0].(object)},
		"TokenAnswer":      {w.ask("test", w.grant(w.role("test", "provider"), scopesWrite, nil)).want(http.StatusOK).object()},
		"TokenError":       {w.ask("test", "x").want(http.StatusBadRequest).object()},
	}
}

// certifiedKey is the public key of a certificate, with its chain.
func certifiedKey(t *testing.T, issued object) object {
	t.Helper()
	var chain []*x509.Certificate
	for _, text := range issued["chain"].([]any) {
		block, _ := pem.Decode([]byte(text.(string)))
		chain = append(chain, check.Got(x509.ParseCertificate(block.Bytes))(t))
	}
	jwk := jose.JSONWebKey{Key: chain[0].PublicKey, KeyID: "k", Algorithm: "RS256", Use: "sig", Certificates: chain}
	return plain(t, jwk).(object)
}

func TestTheSDKReadsEveryMemberIntoItsType(t *testing.T) {
	t.Parallel()
	for name, table := range tables {
		if table.sdk == nil {
			continue
		}
		want := maps.Clone(table.members)
		maps.DeleteFunc(want, func(member, _ string) bool { return elsewhere.sdk[name+"."+member] })
		check.Same(t, want, fieldsOf(t, reflect.TypeOf(table.sdk)), name, ", -documented +read by the SDK")
	}
}

// fieldsOf are the members that a struct is read from.
func fieldsOf(t *testing.T, of reflect.Type) members {
	t.Helper()
	all := members{}
	for field := range of.Fields() {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "-" {
			all[name] = jsonKind(field.Type)
		}
	}
	return all
}

// jsonKind is the JSON type that a Go type is read from.
func jsonKind(of reflect.Type) string {
	switch {
	case of == reflect.TypeFor[time.Time]():
		return "time"
	case of.Kind() == reflect.Pointer:
		return jsonKind(of.Elem())
	case of.Kind() == reflect.Slice:
		return "[" + jsonKind(of.Elem()) + "]"
	case of.Kind() == reflect.Struct:
		return "object"
	case of.Kind() == reflect.Bool:
		return "boolean"
	case of.Kind() == reflect.String:
		return "string"
	case of.Kind() == reflect.Int || of.Kind() == reflect.Int64:
		return "integer"
	}
	return of.String()
}

func TestTheSDKKnowsEveryMemberThatTheMockAnswers(t *testing.T) {
	t.Parallel()
	for name, answers := range everyMember(t) {
		if tables[name].sdk == nil {
			continue
		}
		for _, answer := range answers {
			read := reflect.New(reflect.TypeOf(tables[name].sdk))
			if err := json.Unmarshal(check.Got(json.Marshal(answer))(t), read.Interface()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if extra := read.Elem().FieldByName("Extra"); extra.IsValid() && extra.Len() > 0 {
				t.Errorf("%s: %v came as members that it doesn't know", name, extra.MapKeys())
			}
		}
	}
}

func TestAMemberOfAnotherTypeIsRefusedByItsName(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	provider, clients := w.as("provider", scopesWrite), w.as("provider", dcrWrite)
	path := "/clients/" + clients.post("/clients", object{"client_name": "App"}).want(http.StatusOK).object()["client_id"].(string)
	login := object{"client_name": "Innlogging", "integration_type": "idporten", "redirect_uris": []string{"https://app.example/"}}
	loginPath := "/clients/" + clients.post("/clients", login).want(http.StatusOK).object()["client_id"].(string)
	provider.post("/scopes", scope("one", nil)).want(http.StatusOK)
	for name, send := range map[string]func(object) []answer{
		"Scope": func(o object) []answer {
			return []answer{provider.post("/scopes", o), provider.put("/scopes?scope=difi:one", o)}
		},
		"Client":     func(o object) []answer { return []answer{clients.post("/clients", o), clients.put(path, o)} },
		"JsonWebKey": func(o object) []answer { return []answer{clients.put(path+"/jwks/k", o)} },
		"OnBehalfOf": func(o object) []answer {
			return []answer{clients.post(loginPath+"/onbehalfof", o), clients.put(loginPath+"/onbehalfof/a", o)}
		},
	} {
		for member, kind := range tables[name].members {
			if slices.Contains(tables[name].answered, member) {
				continue
			}
			for _, wrong := range []any{true, 7, "text", []int{7}, object{"a": 1}} {
				if fits(kind, wrong) {
					continue
				}
				for _, a := range send(object{member: wrong}) {
					a.refused(http.StatusBadRequest, member)
				}
			}
		}
	}
}

// fits reports whether a value is of a type.
func fits(kind string, value any) bool {
	switch value.(type) {
	case bool:
		return kind == "boolean"
	case int:
		return kind == "integer"
	case string:
		return kind == "string"
	}
	return false
}
