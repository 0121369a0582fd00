package registry_test

import (
	"fmt"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// names says what a part holds, and how long the list is.
func names[T any](part registry.Part[T], name func(T) string) []string {
	list := []string{fmt.Sprint(part.Total)}
	for _, item := range part.Items {
		list = append(list, name(item))
	}
	return list
}

func TestPartsOfListsHaveTheNewestFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 5 {
		w.advance(1000)
		check.Got(w.CreateScope(provider, registry.ScopeInput{ScopeFields: registry.ScopeFields{Prefix: "difi", Subscope: fmt.Sprint("s", i), Description: fmt.Sprint("Vær ", i)}}))(t)
	}
	check.Got(w.DeactivateScope(provider, "difi:s4"))(t)
	for _, orgno := range []string{consumerNo, supplierNo} {
		w.advance(1000)
		check.Got(w.GrantAccess(provider, "difi:s0", orgno))(t)
	}
	check.Got(w.RevokeAccess(provider, "difi:s0", supplierNo))(t)
	client, _ := check.Got2(w.CreateClient(provider, server()))(t)

	scope := func(s *registry.Scope) string { return s.Name }
	access := func(page registry.Page) []string {
		part := check.Got(w.AccessPage(providerNo, "difi:s0", page))(t)
		return names(part, func(a *registry.Access) string { return a.ConsumerOrganizationName + " " + a.State })
	}
	integrations := func(owner, kind string, p registry.Page) []string {
		return names(w.IntegrationPage(owner, kind, p), func(i registry.NamedIntegration) string { return i.Name + " " + i.Type })
	}
	for name, c := range map[string]struct{ got, want []string }{
		"the first page":     {names(w.ScopePage(providerNo, "", registry.Page{Limit: 2}), scope), []string{"4", "difi:s3", "difi:s2"}},
		"the last page":      {names(w.ScopePage(providerNo, "", registry.Page{Offset: 3, Limit: 2}), scope), []string{"4", "difi:s0"}},
		"inactive ones":      {names(w.ScopePage(providerNo, "", registry.Page{Limit: 1, Inactive: true}), scope), []string{"5", "difi:s4"}},
		"found by its words": {names(w.ScopePage(providerNo, "", registry.Page{Limit: 9, Search: "VÆR 2"}), scope), []string{"1", "difi:s2"}},
		"under a prefix":     {names(w.ScopePage(providerNo, "difitest", registry.Page{Limit: 9}), scope), []string{"0"}},
		"of somebody else":   {names(w.ScopePage(consumerNo, "", registry.Page{Limit: 9}), scope), []string{"0"}},
		"accesses":           {access(registry.Page{Limit: 9}), []string{"1", "Arbeids- og velferdsetaten APPROVED"}},
		"taken back":         {access(registry.Page{Limit: 9, Inactive: true}), []string{"2", "Leverandøren DENIED", "Arbeids- og velferdsetaten APPROVED"}},
		"by number":          {access(registry.Page{Limit: 9, Search: "8896"}), []string{"1", "Arbeids- og velferdsetaten APPROVED"}},
		"by name":            {access(registry.Page{Limit: 9, Search: "VELFERD"}), []string{"1", "Arbeids- og velferdsetaten APPROVED"}},
		"integrations":       {integrations(providerNo, "", registry.Page{Limit: 9}), []string{"2", "API-tilbyder API_TILBYDER", "Server MASKINPORTEN"}},
		"of one type":        {integrations(providerNo, "MASKINPORTEN", registry.Page{Limit: 9}), []string{"1", "Server MASKINPORTEN"}},
		"by id":              {integrations(providerNo, "", registry.Page{Limit: 9, Search: client.ClientID}), []string{"1", "Server MASKINPORTEN"}},
		"no integrations":    {integrations(consumerNo, "", registry.Page{Limit: 9}), []string{"0"}},
	} {
		check.Same(t, c.want, c.got, name)
	}
	for _, scope := range []string{"difi:unknown", ""} {
		if _, err := w.AccessPage(providerNo, scope, registry.Page{}); err == nil {
			t.Errorf("%q has accesses", scope)
		}
	}
	if _, err := w.AccessPage(consumerNo, "difi:s0", registry.Page{}); err == nil {
		t.Error("another organisation reads the accesses")
	}
}
