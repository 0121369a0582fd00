package main

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestIntegrationsListWhatOneIsCustomerOrSupplierOf(t *testing.T) {
	t.Parallel()
	p := serve(t)
	own := p.newClient("provider", object{"description": "d"})
	p.newClient("consumer", nil)
	list := func(role, query string) map[string]object {
		found := map[string]object{}
		for _, i := range p.call(p.credential(role), dcrRead, http.MethodGet, "/integrations"+query, nil).list() {
			if i["customer_organization_number"] == nil || i["created"] == nil || i["last_updated"] == nil || i["active"] == nil {
				t.Errorf("%v", i)
			}
			found[text(i, "id")] = i
		}
		return found
	}
	provider := list("provider", "")
	kinds := map[any]bool{}
	for _, i := range provider {
		kinds[i["integration_type"]] = true
		if i["customer_organization_number"] != digdir {
			t.Errorf("another's: %v", i)
		}
	}
	if diff := cmp.Diff(map[any]bool{"MASKINPORTEN": true}, kinds); diff != "" {
		t.Error(diff)
	}
	if mine := provider[text(own, "client_id")]; mine["description"] != "d" || mine["active"] != true {
		t.Errorf("%v", provider)
	}
	s := p.credential("supplier")
	client := p.call(s, dcrSupplier, http.MethodPost, "/clients", object{"client_name": "s", "integration_type": "maskinporten", "client_orgno": nav}).ok()
	id := text(client, "client_id")
	for _, role := range []string{"supplier", "consumer"} {
		if i := list(role, "")[id]; i["customer_organization_number"] != nav || i["supplier_organization_number"] != supplier {
			t.Errorf("%s: %v", role, i)
		}
	}
	if filtered := list("supplier", "?org_number="+nav); len(filtered) != 1 || filtered[id] == nil {
		t.Errorf("of one customer: %v", filtered)
	}
	p.control(http.MethodPost, "clock", object{"advance": "1h"}).ok()
	since := url.QueryEscape(p.now().Format(time.RFC3339))
	changed := p.newClient("provider", nil)
	if recent := list("provider", "?updated_since="+since); len(recent) != 1 || recent[text(changed, "client_id")] == nil {
		t.Errorf("since then: %v", recent)
	}
	p.call(s, dcrRead, http.MethodGet, "/integrations?updated_since=yesterday", nil).fails(http.StatusBadRequest)
}

func TestAPIsCountEachConsumerOnce(t *testing.T) {
	t.Parallel()
	p := serve(t)
	p.newScope("a", nil)
	p.newScope("b", nil)
	for _, scope := range []string{"difi:a", "difi:b"} {
		p.access(http.MethodPut, scope, nav).ok()
	}
	p.access(http.MethodPut, "difi:b", supplier).ok()
	p.access(http.MethodDelete, "difi:b", supplier).ok()
	want := []object{{"customer_organization_number": digdir, "prefix": []any{"difi", "difitest"}, "consumer_count": 1.0}}
	if diff := cmp.Diff(want, p.call(p.credential("provider"), scopesRead, http.MethodGet, "/apis", nil).list()); diff != "" {
		t.Error(diff)
	}
}
