package registry_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

func TestOnBehalfOfIsListedReadReplacedAndRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.create(t, login()).ClientID
	if list, err := w.OnBehalfOfList(consumer, id); err != nil || list == nil || len(list) != 0 {
		t.Errorf("with none: %v, %v", list, err)
	}
	in := decoded[registry.OnBehalfOfInput](t, `{"onbehalfof":"kommune.1","name":"Kommune","orgno":"910753614",
		"organization_name":"Kommunen","description":"d","uri":"https://k.example.no","logo_uri":"https://k.example.no/l","created":"1999-01-01T00:00:00Z","more":1}`)
	made, err := w.OnBehalfOfCreate(consumer, id, in)
	must(t, err)
	want := registry.OnBehalfOf{OnBehalfOfFields: registry.OnBehalfOfFields{
		OnBehalfOf: "kommune.1", Name: "Kommune", OrgNo: "910753614", OrganizationName: "Kommunen", Description: "d",
		URI: "https://k.example.no", LogoURI: "https://k.example.no/l",
	}, Created: dawn, LastUpdated: dawn}
	got, err := w.OnBehalfOfGet(consumer, id, "kommune.1")
	must(t, err)
	list, err := w.OnBehalfOfList(consumer, id)
	must(t, err)
	if diff := cmp.Diff([]registry.OnBehalfOf{want, want, want, want}, []registry.OnBehalfOf{made, got, list[0], w.stored(t, id).OnBehalfOf[0]}); diff != "" {
		t.Error(diff)
	}

	w.advance(time.Hour)
	must1(t)(w.OnBehalfOfCreate(consumer, id, registry.OnBehalfOfInput{OnBehalfOf: "b"}))
	replaced, err := w.OnBehalfOfReplace(consumer, id, "kommune.1", registry.OnBehalfOfInput{Name: "New"})
	must(t, err)
	want = registry.OnBehalfOf{OnBehalfOfFields: registry.OnBehalfOfFields{OnBehalfOf: "kommune.1", Name: "New"}, Created: dawn, LastUpdated: dawn.Add(time.Hour)}
	if diff := cmp.Diff(want, replaced); diff != "" {
		t.Error(diff)
	}
	must(t, w.OnBehalfOfDelete(consumer, id, "kommune.1"))
	must(t, w.OnBehalfOfDelete(consumer, id, "b"))
	if w.stored(t, id).OnBehalfOf != nil {
		t.Error("the client answers an empty list")
	}
	events := kinds(w.happened())
	if diff := cmp.Diff([]registry.EventKind{
		registry.ClientCreated, registry.OnBehalfOfAdded, registry.OnBehalfOfAdded, registry.OnBehalfOfUpdated,
		registry.OnBehalfOfRemoved, registry.OnBehalfOfRemoved,
	}, events); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyLoginAndKRRClientsHaveOnBehalfOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, integrationType := range []string{registry.IDPorten, registry.APIKlient, registry.Ansattporten} {
		id := w.create(t, login(typed(integrationType))).ClientID
		must1(t)(w.OnBehalfOfCreate(consumer, id, registry.OnBehalfOfInput{OnBehalfOf: "o"}))
	}
	must1(t)(w.OnBehalfOfCreate(consumer, w.create(t, server(typed(registry.KRR))).ClientID, registry.OnBehalfOfInput{OnBehalfOf: "o"}))
	id := w.create(t, server()).ClientID
	w.refusesChange(t, id, registry.Invalid, "onbehalfof", func() error {
		_, err := w.OnBehalfOfCreate(consumer, id, registry.OnBehalfOfInput{OnBehalfOf: "o"})
		return err
	})
}

func TestAnOnBehalfOfIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.create(t, login()).ClientID
	must1(t)(w.OnBehalfOfCreate(consumer, id, registry.OnBehalfOfInput{OnBehalfOf: "o"}))
	must1(t)(w.OnBehalfOfCreate(consumer, w.create(t, login()).ClientID, registry.OnBehalfOfInput{OnBehalfOf: "o"})) // once per client
	create := func(in registry.OnBehalfOfInput) func() error {
		return func() error { _, err := w.OnBehalfOfCreate(consumer, id, in); return err }
	}
	replace := func(value string, in registry.OnBehalfOfInput) func() error {
		return func() error { _, err := w.OnBehalfOfReplace(consumer, id, value, in); return err }
	}
	w.refusesChange(t, id, registry.Conflict, "", create(registry.OnBehalfOfInput{OnBehalfOf: "o"}))
	for _, value := range []string{"", ".", "..", "a/b", "a b", "æ", "client::o", strings.Repeat("o", 256)} {
		w.refusesChange(t, id, registry.Invalid, "onbehalfof", create(registry.OnBehalfOfInput{OnBehalfOf: value}))
	}
	badOrgNo := registry.OnBehalfOfInput{OnBehalfOf: "p", OrgNo: "123456789"}
	w.refusesChange(t, id, registry.Invalid, "orgno", create(badOrgNo))
	badOrgNo.OnBehalfOf = "o"
	w.refusesChange(t, id, registry.Invalid, "orgno", replace("o", badOrgNo))
	w.refusesChange(t, id, registry.Invalid, "onbehalfof", replace("o", registry.OnBehalfOfInput{OnBehalfOf: "p"}))
	w.refusesChange(t, id, registry.NotFound, "", replace("p", registry.OnBehalfOfInput{}))
	w.refusesChange(t, id, registry.NotFound, "", func() error { return w.OnBehalfOfDelete(consumer, id, "p") })
	_, err := w.OnBehalfOfGet(consumer, id, "p")
	wantKind(t, err, registry.NotFound, "")
	var in registry.OnBehalfOfInput
	wantKind(t, json.Unmarshal([]byte(`{"name":1}`), &in), registry.Invalid, "name")
}
