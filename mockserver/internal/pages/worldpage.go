package pages

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// worldLists are the lists of an environment, in the order of the page, with the
// members that are its columns.
var worldLists = []struct {
	name    string
	columns []string
}{
	{"organizations", []string{"orgno", "name", "admin_scopes"}},
	{"prefixes", []string{"prefix", "owner_orgno", "active", "created"}},
	{"scopes", []string{"name", "description", "visibility", "active", "created"}},
	{"accesses", []string{"scope", "consumer_orgno", "state", "created"}},
	{"clients", []string{"client_id", "client_name", "client_orgno", "integration_type", "scopes", "jwks", "active"}},
	{"delegations", []string{"consumer", "supplier", "scope"}},
	{"system_users", []string{"orgno", "vendor_orgno", "id", "system_id", "external_ref"}},
	{"consents", []string{"id", "from", "to", "consented", "validTo"}},
}

// worldPage shows one list of one environment of the world.
func worldPage(v *visit) {
	v.chosenEnvironment()
	var world struct {
		Environments map[string]map[string]json.RawMessage `json:"environments"`
	}
	if err := v.control(http.MethodGet, "snapshot", nil, &world); err != nil {
		v.broken(err)
		return
	}
	chosen := worldLists[2]
	var names []string
	for _, l := range worldLists {
		if names = append(names, l.name); l.name == v.query("list") {
			chosen = l
		}
	}
	var all []map[string]any
	_ = json.Unmarshal(world.Environments[v.env.Name][chosen.name], &all) // what the mock wrote itself
	var rows [][]string
	wanted := v.wantedPart()
	for _, object := range all {
		row := make([]string, len(chosen.columns))
		for i, column := range chosen.columns {
			row[i] = cell(object[column])
		}
		if strings.Contains(strings.ToLower(strings.Join(row, "\n")), strings.ToLower(wanted.Search)) {
			rows = append(rows, row)
		}
	}
	slices.Reverse(rows)
	v.render(http.StatusOK, "world", nil, struct {
		listing[[]string]
		Lists, Columns []string
		List           string
	}{list(v, wanted, part(rows, wanted)), names, chosen.columns, chosen.name})
}

// cell is a member of an object for people.
func cell(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	case []any:
		var parts []string
		for _, one := range value {
			parts = append(parts, cell(one))
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		if keys, ok := value["keys"].([]any); ok {
			return cell(keys)
		}
		for _, name := range []string{"kid", "ID", "id"} {
			if text, ok := value[name].(string); ok {
				return text
			}
		}
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}
