package mockserver_test

import (
	"maps"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// worldParts are what a world is made of: what WORLD.md calls each, where its
// schema describes it, and what it is read into.
var worldParts = []struct {
	name, schema string
	read         members
}{
	{"an environment", "WorldEnvironment", joined(readFrom(registry.State{}), members{"extends": "string", "consents": "[object]"})},
	{"`organizations`", "WorldOrganization", readFrom(registry.OrganizationState{})},
	{"`prefixes`", "WorldPrefix", readFrom(registry.PrefixState{})},
	{"`scopes`", "WorldScope", readFrom(registry.Scope{})},
	{"`accesses`", "WorldAccess", readFrom(registry.AccessState{})},
	{"`clients`", "WorldClient", readFrom(registry.ClientState{})},
	{"a key in `jwks`", "WorldKey", readFrom(registry.Key{})},
	{"`onbehalfof` of a client", "WorldOnBehalfOf", readFrom(registry.OnBehalfOf{})},
	{"`delegations`", "WorldDelegation", readFrom(registry.Delegation{})},
	{"`system_users`", "WorldSystemUser", readFrom(registry.SystemUser{})},
	{"`consents`", "WorldConsent", members{
		"id": "string", "from": "string", "to": "object", "consented": "time", "validTo": "time", "consentRights": "[object]",
	}},
	{"`portal`", "World/properties/portal", readFrom(portal.State{})},
	{"portal `organizations`", "WorldPortalOrganization", readFrom(portal.OrganizationState{})},
	{"portal `users`", "WorldUser", readFrom(portal.UserState{})},
	{"portal `prefix_orders`", "WorldPrefixOrder", readFrom(portal.PrefixOrder{})},
	{"portal `rights_requests`", "WorldRightsRequest", readFrom(portal.RightsRequest{})},
	{"portal `merchant_data`", "WorldMerchantData", readFrom(portal.MerchantState{})},
	{"its `invoicing`", "WorldInvoicing", readFrom(portal.Invoicing{})},
	{"its `address`", "WorldAddress", readFrom(portal.Address{})},
}

func joined(all, more members) members {
	maps.Copy(all, more)
	return all
}

// readFrom are the members that a struct is read from, those of structs in it
// included.
func readFrom(v any) members {
	all := members{}
	for _, field := range reflect.VisibleFields(reflect.TypeOf(v)) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous || !field.IsExported() || name == "-":
		case field.Type == reflect.TypeFor[[]byte]():
			all[name] = "string"
		case field.Type.Kind() == reflect.Map:
			all[name] = "object"
		default:
			all[name] = jsonKind(field.Type)
		}
	}
	return all
}

func TestEveryFieldOfAWorldIsInItsSchema(t *testing.T) {
	t.Parallel()
	d := apiDescription{T: t}
	newSteered(t).send(http.MethodGet, "/openapi.json", nil, "").decode(&d.whole)
	for _, part := range worldParts {
		schema := d.at("components/schemas/" + part.schema)
		if diff := cmp.Diff(part.read, d.members(schema)); diff != "" {
			t.Errorf("%s, -read +described by %s:\n%s", part.name, part.schema, diff)
		}
		if open := part.schema == "WorldConsent"; schema["additionalProperties"] != open {
			t.Errorf("%s: additionalProperties is %v", part.schema, schema["additionalProperties"])
		}
	}
}

func TestEveryFieldOfAWorldIsInItsDocument(t *testing.T) {
	t.Parallel()
	_, table, found := strings.Cut(string(check.Got(os.ReadFile("WORLD.md"))(t)), "## All fields\n")
	if !found {
		t.Fatal("WORLD.md has no table of all fields")
	}
	rows := map[string]members{}
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) != 4 || !strings.Contains(line, "`") {
			continue
		}
		row := members{}
		for _, name := range regexp.MustCompile("`([A-Za-z0-9_]+)`").FindAllStringSubmatch(cells[2], -1) {
			row[name[1]] = ""
		}
		rows[strings.TrimSpace(cells[1])] = row
	}
	for _, part := range worldParts {
		want, got := slices.Sorted(maps.Keys(part.read)), slices.Sorted(maps.Keys(rows[part.name]))
		check.Same(t, want, got, part.name, ", -read +in WORLD.md")
		delete(rows, part.name)
	}
	for name := range rows {
		t.Errorf("WORLD.md has a row %s, which is no part of a world", name)
	}
}
