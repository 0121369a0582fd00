package desired_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/desired"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// supplied makes a client for the organisation, as a supplier does.
func (w *world) supplied(name string) *maskinporten.ClientRegistration {
	w.t.Helper()
	supplier := w.srv.Client(w.srv.AddOrganization(vendor, "Leverandør"))
	made := check.Got(supplier.Clients.AsSupplier().Create(w.t.Context(), maskinporten.ClientCreate{
		Name: name, ClientOrgNo: owner, IntegrationType: maskinporten.IntegrationTypeMaskinporten,
	}))(w.t)
	return made
}

func TestWhatSuppliersMadeForTheOrganisationIsLeftToThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	theirs := w.supplied("web-1")
	changes := w.plan(parse(t, `{"owns": {"clients": ["web-*"]}, "clients": [{"name": "web-1", "description": "our own"}]}`))
	if len(changes.Changes) != 1 || changes.Count(desired.ActionCreate) != 1 {
		t.Fatalf("a client of one's own is made beside the supplier's:\n%s", changes)
	}
	if !slices.ContainsFunc(changes.Notes, func(note string) bool { return strings.HasPrefix(note, "1 client that suppliers made") }) {
		t.Errorf("nothing is said of the supplier's: %q", changes.Notes)
	}
	check.Got(changes.Apply(t.Context(), desired.ApplyOptions{}))(t)
	w.apply(`{"owns": {"clients": ["web-*"]}}`)
	there, err := w.client.Clients.Get(t.Context(), theirs.ClientID)
	if err != nil || !there.Active || there.Description != "" {
		t.Errorf("the supplier's client was touched: %+v, %v", there, err)
	}
	exported := check.Got(desired.Export(t.Context(), w.client, desired.Options{}))(t)
	if slices.ContainsFunc(exported.Clients, func(c desired.Client) bool { return c.Name == "web-1" }) {
		t.Error("the supplier's client was exported")
	}
}

func TestASuppliersClientIsChangedWhereTheStateNamesItsID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	theirs := w.supplied("web-1")
	w.apply(`{"owns": {"clients": ["web-*"]}, "clients": [{"client_id": "` + theirs.ClientID + `", "name": "web-1", "description": "ours too"}]}`)
	if there, err := w.client.Clients.Get(t.Context(), theirs.ClientID); err != nil || there.Description != "ours too" {
		t.Errorf("%+v, %v", there, err)
	}
}

func TestAnOwnedNameThatNothingHasIsNoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(`{"scopes": [{"prefix": "skatt", "subscope": "a", "description": "a"}], "clients": [{"name": "web-1"}]}`)
	for owns, want := range map[string]string{
		`"prefixes": ["skatt"], "clients": ["web-*"]`: "",
		`"prefixes": ["Skatt"]`:                       `owns.prefixes: there is no scope below "Skatt"`,
		`"clients": ["web-.*"]`:                       `owns.clients: no client is called as "web-.*" has it`,
	} {
		notes := strings.Join(w.plan(parse(t, `{"owns": {`+owns+`}}`)).Notes, "\n")
		if want == "" && notes != "" || !strings.Contains(notes, want) {
			t.Errorf("%s: %q, want %q", owns, notes, want)
		}
	}
	first := w.plan(parse(t, `{"owns": {"prefixes": ["skattetest"], "clients": ["job-*"]},
		"scopes": [{"prefix": "skattetest", "subscope": "a", "description": "a"}], "clients": [{"name": "job-1"}]}`))
	if len(first.Notes) != 0 {
		t.Errorf("what the state makes itself is there soon: %q", first.Notes)
	}
}
