package main

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOnBehalfOfIsKeptPerClient(t *testing.T) {
	t.Parallel()
	p := serve(t)
	client := p.newClient("provider", loginClient)
	path := "/clients/" + text(client, "client_id") + "/onbehalfof"
	narrow := p.credential("onbehalfof-only")
	body := object{"onbehalfof": "kunde.1", "name": "Kunde", "orgno": nav, "description": "d", "uri": "https://kunde.example", "logo_uri": "https://kunde.example/l.png"}
	created := p.call(narrow, onBehalfOf, http.MethodPost, path, body).ok()
	want := with(body, object{"created": created["created"], "last_updated": created["last_updated"]})
	if diff := cmp.Diff(want, created); diff != "" || created["created"] == nil {
		t.Error(diff)
	}
	p.call(narrow, onBehalfOf, http.MethodPost, path, body).fails(http.StatusConflict)
	if diff := cmp.Diff([]object{created}, p.call(p.credential("provider"), dcrRead, http.MethodGet, path, nil).list()); diff != "" {
		t.Error(diff)
	}
	p.control(http.MethodPost, "clock", object{"advance": "1h"}).ok()
	changed := p.call(narrow, onBehalfOf, http.MethodPut, path+"/kunde.1", object{"onbehalfof": "kunde.1", "name": "Ny"}).ok()
	if diff := cmp.Diff(object{"onbehalfof": "kunde.1", "name": "Ny", "created": created["created"], "last_updated": changed["last_updated"]}, changed); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(changed, p.call(p.credential("keys-only"), dcrModify, http.MethodGet, path+"/kunde.1", nil).ok()); diff != "" {
		t.Error(diff)
	}
	shown, _ := p.clientCall("provider", http.MethodGet, client, "", nil).ok()["onbehalfof"].([]any)
	if diff := cmp.Diff([]any{changed}, shown); diff != "" {
		t.Errorf("on the client: %s", diff)
	}
	p.call(narrow, onBehalfOf, http.MethodPut, path+"/kunde.1", object{"onbehalfof": "other", "name": "N"}).fails(http.StatusBadRequest)
	p.call(narrow, onBehalfOf, http.MethodPut, path+"/none", object{"onbehalfof": "none", "name": "N"}).fails(http.StatusNotFound)
	for _, bad := range []string{"", "a b", "a/b", "a::b", "æ", ".."} {
		p.call(narrow, onBehalfOf, http.MethodPost, path, object{"onbehalfof": bad, "name": "N"}).fails(http.StatusBadRequest)
	}
	p.call(narrow, onBehalfOf, http.MethodPost, path, object{"onbehalfof": "x", "name": "N", "orgno": "123"}).fails(http.StatusBadRequest)
	p.call(narrow, onBehalfOf, http.MethodDelete, path+"/kunde.1", nil).has(http.StatusOK)
	p.call(narrow, onBehalfOf, http.MethodDelete, path+"/kunde.1", nil).fails(http.StatusNotFound)
	p.call(narrow, onBehalfOf, http.MethodGet, path+"/kunde.1", nil).fails(http.StatusNotFound)
	p.clientCall("provider", http.MethodPost, p.newClient("provider", nil), "/onbehalfof", object{"onbehalfof": "x", "name": "N"}).fails(http.StatusBadRequest)
}
