package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGrantingAndRevokingAccess(t *testing.T) {
	t.Parallel()
	p := serve(t)
	p.newScope("api", nil)
	access := p.access(http.MethodPut, "difi:api", nav).ok()
	want := object{
		"scope": "difi:api", "owner_orgno": digdir, "owner_organization_name": "Digitaliseringsdirektoratet", "consumer_orgno": nav,
		"consumer_organization_name": "Arbeids- og velferdsetaten", "state": "APPROVED", "created": access["created"], "last_updated": access["last_updated"],
	}
	if diff := cmp.Diff(want, access); diff != "" || access["created"] == nil {
		t.Error(diff)
	}
	p.control(http.MethodPost, "clock", object{"advance": "1h"}).ok()
	if diff := cmp.Diff(access, p.access(http.MethodPut, "difi:api", nav).ok()); diff != "" {
		t.Errorf("granted twice: %s", diff)
	}
	denied := p.access(http.MethodDelete, "difi:api", nav).ok()
	if diff := cmp.Diff(with(access, object{"state": "DENIED", "last_updated": denied["last_updated"]}), denied); diff != "" || denied["last_updated"] == access["last_updated"] {
		t.Errorf("revoked: %v", denied)
	}
	if again := p.access(http.MethodPut, "difi:api", nav).ok(); again["state"] != "APPROVED" {
		t.Errorf("granted again: %v", again)
	}
	if stranger := p.access(http.MethodPut, "difi:api", "974760673").ok(); stranger["consumer_organization_name"] != nil {
		t.Errorf("an organisation that nobody registered has a name: %v", stranger)
	}
}

func TestAccessIsRefused(t *testing.T) {
	t.Parallel()
	p := serve(t)
	p.newScope("api", nil)
	for _, method := range []string{http.MethodPut, http.MethodDelete} {
		for _, orgno := range []string{"123", "889640783", "0192:889640782", "889640782x", "%20", "abc", "88964078%202", "８８９６４０７８２"} {
			p.access(method, "difi:api", orgno).fails(http.StatusBadRequest)
		}
		p.access(method, "difi:none", nav).fails(http.StatusNotFound)
		p.call(p.credential("consumer"), scopesWrite, method, "/scopes/access/"+nav+"?scope=difi:api", nil).fails(http.StatusForbidden)
		p.call(p.credential("provider"), scopesWrite, method, "/scopes/access/"+nav, nil).fails(http.StatusBadRequest)
	}
	p.access(http.MethodDelete, "difi:api", supplier).fails(http.StatusNotFound) // never given
}

func TestDeactivatedScopeKeepsItsAccesses(t *testing.T) {
	t.Parallel()
	p := serve(t)
	p.newScope("api", nil)
	p.access(http.MethodPut, "difi:api", nav).ok()
	p.call(p.credential("provider"), scopesWrite, http.MethodDelete, "/scopes?scope=difi:api", nil).ok()
	p.access(http.MethodPut, "difi:api", supplier).fails(http.StatusConflict)
	received := p.call(p.credential("consumer"), scopesRead, http.MethodGet, "/scopes/access/all", nil).list()
	if diff := cmp.Diff([]string{"difi:api"}, names(received, "scope")); diff != "" {
		t.Errorf("the consumer sees %s", diff)
	}
	if denied := p.access(http.MethodDelete, "difi:api", nav).ok(); denied["state"] != "DENIED" {
		t.Errorf("%v", denied)
	}
}

func TestListingAccess(t *testing.T) {
	t.Parallel()
	p := serve(t)
	p.newScope("a", nil)
	p.newScope("b", nil)
	for scope, consumers := range map[string][]string{"difi:a": {nav, supplier}, "difi:b": {nav}} {
		for _, consumer := range consumers {
			p.access(http.MethodPut, scope, consumer).ok()
		}
	}
	p.access(http.MethodDelete, "difi:a", nav).ok()
	list := func(role, path string) []string {
		found := []string{}
		for _, a := range p.call(p.credential(role), scopesRead, http.MethodGet, path, nil).list() {
			found = append(found, strings.Join([]string{text(a, "scope"), text(a, "consumer_orgno"), text(a, "state")}, " "))
		}
		slices.Sort(found)
		return found
	}
	approved, denied, other := "difi:a "+supplier+" APPROVED", "difi:a "+nav+" DENIED", "difi:b "+nav+" APPROVED"
	for path, want := range map[string][]string{
		"/scopes/access":                                                       {approved, other},
		"/scopes/access?inactive=true":                                         {denied, approved, other},
		"/scopes/access?scope=difi:a":                                          {approved},
		"/scopes/access?scope=difi:a&inactive=true":                            {denied, approved},
		"/scopes/access?consumer_orgno=" + nav:                                 {other},
		"/scopes/access?scope=difi:a&consumer_orgno=" + nav + "&inactive=true": {denied},
	} {
		if diff := cmp.Diff(want, list("provider", path)); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	if diff := cmp.Diff([][]string{{other}, {denied, other}}, [][]string{list("consumer", "/scopes/access/all"), list("consumer", "/scopes/access/all?inactive=true")}); diff != "" {
		t.Error(diff)
	}
	provider := p.credential("provider")
	p.call(provider, scopesRead, http.MethodGet, "/scopes/access?scope=difi:none", nil).fails(http.StatusNotFound)
	for _, query := range []string{"consumer_orgno=123", "inactive=x"} {
		p.call(provider, scopesRead, http.MethodGet, "/scopes/access?"+query, nil).fails(http.StatusBadRequest)
	}
}
