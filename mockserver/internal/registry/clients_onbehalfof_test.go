package registry_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
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
	made := check.Got(w.OnBehalfOfCreate(consumer, id, in))(t)
	want := registry.OnBehalfOf{OnBehalfOfFields: registry.OnBehalfOfFields{
		OnBehalfOf: "kommune.1", Name: "Kommune", OrgNo: "910753614", OrganizationName: "Kommunen", Description: "d",
		URI: "https://k.example.no", LogoURI: "https://k.example.no/l",
	}, Created: dawn, LastUpdated: dawn}
	got := check.Got(w.OnBehalfOfGet(consumer, id, "kommune.1"))(t)
	list := check.Got(w.OnBehalfOfList(consumer, id))(t)
	check.Same(t, []registry.OnBehalfOf{want, want, want, want}, []registry.OnBehalfOf{made, got, list[0], w.stored(t, id).OnBehalfOf[0]})

	w.advance(time.Hour)
	check.Got(w.OnBehalfOfCreate(consumer, id, registry.OnBehalfOfInput{OnBehalfOf: "b"}))(t)
	replaced := check.Got(w.OnBehalfOfReplace(consumer, id, "kommune.1", registry.OnBehalfOfInput{Name: "New"}))(t)
	want = registry.OnBehalfOf{OnBehalfOfFields: registry.OnBehalfOfFields{OnBehalfOf: "kommune.1", Name: "New"}, Created: dawn, LastUpdated: dawn.Add(time.Hour)}
	check.Same(t, want, replaced)
	check.OK(t, w.OnBehalfOfDelete(consumer, id, "kommune.1"))
	check.OK(t, w.OnBehalfOfDelete(consumer, id, "b"))
	if w.stored(t, id).OnBehalfOf != nil {
		t.Error("the client answers an empty list")
	}
	events := kinds(w.happened())
	check.Same(t, []registry.EventKind{
		registry.ClientCreated, registry.OnBehalfOfAdded, registry.OnBehalfOfAdded, registry.OnBehalfOfUpdated,
		registry.OnBehalfOfRemoved, registry.OnBehalfOfRemoved,
	}, events)
}

func TestOnlyLoginAndKRRClientsHaveOnBehalfOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, integrationType := range []string{registry.IDPorten, registry.APIKlient, registry.Ansattporten} {
		id := w.create(t, login(typed(integrationType))).ClientID
		check.Got(w.OnBehalfOfCreate(consumer, id, registry.OnBehalfOfInput{OnBehalfOf: "o"}))(t)
	}
	check.Got(w.OnBehalfOfCreate(consumer, w.create(t, server(typed(registry.KRR))).ClientID, registry.OnBehalfOfInput{OnBehalfOf: "o"}))(t)
	id := w.create(t, server()).ClientID
	w.refusesChange(t, id, registry.Invalid, "onbehalfof", func() error {
		return check.Err(w.OnBehalfOfCreate(consumer, id, registry.OnBehalfOfInput{OnBehalfOf: "o"}))
	})
}

func TestAnOnBehalfOfIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.create(t, login()).ClientID
	check.Got(w.OnBehalfOfCreate(consumer, id, registry.OnBehalfOfInput{OnBehalfOf: "o"}))(t)
	check.Got(w.OnBehalfOfCreate(consumer, w.create(t, login()).ClientID, registry.OnBehalfOfInput{OnBehalfOf: "o"}))(t) // once per client
	create := func(in registry.OnBehalfOfInput) func() error {
		return func() error { return check.Err(w.OnBehalfOfCreate(consumer, id, in)) }
	}
	replace := func(value string, in registry.OnBehalfOfInput) func() error {
		return func() error { return check.Err(w.OnBehalfOfReplace(consumer, id, value, in)) }
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
	wantKind(t, check.Err(w.OnBehalfOfGet(consumer, id, "p")), registry.NotFound, "")
	var in registry.OnBehalfOfInput
	wantKind(t, json.Unmarshal([]byte(`{"name":1}`), &in), registry.Invalid, "name")
}
