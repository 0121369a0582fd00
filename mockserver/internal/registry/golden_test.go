package registry_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// TestModelWritesWhatTheContractShows holds the mock's own structures against
// the golden JSON that the SDK's are held against, so that a wrong tag in one
// cannot be made up for by the same in the other. What only a later version
// knows is left out.
func TestModelWritesWhatTheContractShows(t *testing.T) {
	t.Parallel()
	for file, value := range map[string]any{
		"scope.json": new(registry.Scope), "scope_full.json": new(registry.Scope), "access.json": new(registry.Access),
		"prefix.json": new(registry.Prefix), "delegationsource.json": new(registry.DelegationSource),
		"client.json": new(registry.Client), "client_login.json": new(registry.Client), "jsonwebkey.json": new(registry.Key),
		"onbehalfof.json": new(registry.OnBehalfOf), "integration.json": new(registry.Integration), "api.json": new(registry.API),
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			golden := check.Got(os.ReadFile(filepath.Join("..", "..", "..", "testdata", file)))(t)
			check.OK(t, json.Unmarshal(golden, value))
			if s, ok := value.(*registry.Scope); ok { // reading is the input's business
				var in registry.ScopeInput
				check.OK(t, json.Unmarshal(golden, &in))
				s.Translations = in.Translations
			}
			written := check.Got(json.Marshal(value))(t)
			want, got := members(t, golden), members(t, written)
			for name := range got {
				if _, ok := want[name]; !ok {
					delete(got, name) // defaults that the fixture doesn't show
				}
			}
			for _, unknown := range []string{"invented_in_2027", "client_secret", "jwks_uri"} {
				delete(want, unknown)
			}
			check.Same(t, want, got)
		})
	}
}

// members decodes an object, with times as the moments that they are.
func members(t *testing.T, data []byte) map[string]any {
	t.Helper()
	var object map[string]any
	check.OK(t, json.Unmarshal(data, &object))
	for name, value := range object {
		if text, ok := value.(string); ok {
			if moment, err := time.Parse(time.RFC3339, text); err == nil {
				object[name] = moment.UTC()
			}
		}
	}
	return object
}
