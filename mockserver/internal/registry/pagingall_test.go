package registry_test

import (
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

func TestWholeWorldIsListedInPartsAndSearched(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := w.scope(t, "first"), w.scope(t, "second")
	w.grant(t, first, consumerNo)
	w.grant(t, second, supplierNo)
	client := w.create(t, server())
	w.posts(t, client.ClientID, "a")
	w.posts(t, client.ClientID, "b")
	scope := func(p registry.Page) []string {
		return names(w.EveryScope(p), func(s *registry.Scope) string { return s.Name })
	}
	access := func(p registry.Page) []string {
		return names(w.EveryAccess(p), func(a *registry.Access) string { return a.Scope + " " + a.ConsumerOrgNo })
	}
	for name, c := range map[string]struct{ got, want []string }{
		"scopes":            {scope(registry.Page{Limit: 1}), []string{"2", second}},
		"scopes, the rest":  {scope(registry.Page{Offset: 1, Limit: 9}), []string{"2", first}},
		"scopes by name":    {scope(registry.Page{Limit: 9, Search: "FIRST"}), []string{"1", first}},
		"no more than some": {scope(registry.Page{Limit: 9, Enough: 1}), []string{"1", second}},
		"accesses":          {access(registry.Page{Limit: 9}), []string{"2", second + " " + supplierNo, first + " " + consumerNo}},
		"accesses of one":   {access(registry.Page{Limit: 9, Search: consumerNo}), []string{"1", first + " " + consumerNo}},
		"organisations":     {names(w.EveryOrganization(registry.Page{Limit: 9, Search: "velferd"}), func(o *registry.Organization) string { return o.OrgNo }), []string{"1", consumerNo}},
		"prefixes":          {names(w.EveryPrefix(registry.Page{Limit: 9, Search: "difitest"}), func(p *registry.Prefix) string { return p.Prefix }), []string{"1", "difitest"}},
		"clients":           {names(w.EveryClient(registry.Page{Limit: 9, Search: client.ClientID}), func(c *registry.Client) string { return c.ClientID }), []string{"1", client.ClientID}},
		"keys":              {names(w.EveryKey(registry.Page{Offset: 1, Limit: 9}), func(k registry.OwnedKey) string { return k.Kid + " " + k.ClientID }), []string{"2", "b " + client.ClientID}},
		"keys by kid":       {names(w.EveryKey(registry.Page{Limit: 9, Search: "a"}), func(k registry.OwnedKey) string { return k.Kid })[1:], []string{"a"}},
	} {
		check.Same(t, c.want, c.got, name)
	}
}

func TestScopesToPickFromAreThoseThatAreAvailable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own, other := w.scope(t, "own"), w.scope(t, "other", func(in *registry.ScopeInput) { in.AllowedIntegrationTypes = []string{"idporten"} })
	granted := w.scope(t, "granted")
	w.grant(t, granted, consumerNo)
	pick := func(orgno, kind string, without ...string) []string {
		return names(w.AvailablePage(orgno, kind, without, registry.Page{Limit: 9}), func(s *registry.Scope) string { return s.Name })
	}
	for name, c := range map[string]struct{ got, want []string }{
		"the owner":             {pick(providerNo, "maskinporten"), []string{"2", own, granted}},
		"for another type":      {pick(providerNo, "idporten"), []string{"3", own, other, granted}},
		"without what there is": {pick(providerNo, "maskinporten", own), []string{"1", granted}},
		"who has access":        {pick(consumerNo, "maskinporten"), []string{"1", granted}},
		"who has none":          {pick(supplierNo, "maskinporten"), []string{"0"}},
		"few":                   {scopeNames(w.FewAvailable(consumerNo, "maskinporten", 1)), []string{granted}},
		"too many to choose of": {scopeNames(w.FewAvailable(providerNo, "maskinporten", 1)), []string{}},
	} {
		check.Same(t, c.want, c.got, name)
	}
}
