package maskinporten_test

import (
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// Of several clients that are as described the newest was made last, wherever
// it stands in the list.
func TestWhatWasCreatedIsTheNewestClientAsDescribed(t *testing.T) {
	t.Parallel()
	const like = `"client_name":"app","integration_type":"maskinporten","client_orgno":"991825827"`
	list := `[{"client_id":"old",` + like + `,"scopes":["b","a"],"created":"2024-01-01T00:00:00Z"},
		{"client_id":"new",` + like + `,"scopes":["b","a"],"created":"2026-01-01T00:00:00Z"},
		{"client_id":"older",` + like + `,"scopes":["a","b"],"created":"2023-01-01T00:00:00Z"},
		{"client_id":"other scopes",` + like + `,"scopes":["a"],"created":"2026-02-01T00:00:00Z"},
		{"client_id":"other type","client_name":"app","integration_type":"idporten","scopes":["a","b"],"created":"2026-02-01T00:00:00Z"},
		{"client_id":"other name","client_name":"App","integration_type":"maskinporten","scopes":["a","b"],"created":"2026-02-01T00:00:00Z"}]`
	client, wire := newWire(t, always(200, list))
	create := maskinporten.ClientCreate{Name: "app", Scopes: []string{"a", "b"}}
	found, err := client.Clients.FindCreated(t.Context(), create)
	if err != nil || found.ClientID != "new" {
		t.Errorf("%+v, error %v", found, err)
	}
	create.ClientOrgNo = "889640782"
	check.Is(t, maskinporten.ErrNotFound, ignored(client.Clients.FindCreated(t.Context(), create)), "another organisation's")
	wire.mustOnlyHaveRead(t)
}
