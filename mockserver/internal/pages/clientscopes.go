package pages

import (
	"net/http"
	"slices"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// clientScopes shows what a client has, and below it what it can be given.
func clientScopes(v *visit, c *registry.Client) { v.renderClientScopes(http.StatusOK, c, nil) }

func (v *visit) renderClientScopes(status int, c *registry.Client, f *form) {
	wanted := v.wantedPart()
	available := v.registry().AvailablePage(v.actor.OrgNo, c.IntegrationType, c.Scopes, wanted)
	v.renderClientTab(status, "clientscopes", c, f, struct {
		Has       []string
		Available listing[*registry.Scope]
	}{c.Scopes, list(v, wanted, available)})
}

func addClientScope(v *visit, c *registry.Client) {
	name := v.r.PostForm.Get("scope")
	v.changeScopes(c, "said.scope_added", name, append(slices.Clone(c.Scopes), name))
}

func removeClientScope(v *visit, c *registry.Client) {
	name := v.r.PostForm.Get("scope")
	v.changeScopes(c, "said.scope_removed", name, slices.DeleteFunc(slices.Clone(c.Scopes), func(s string) bool { return s == name }))
}

func (v *visit) changeScopes(c *registry.Client, said, name string, scopes []string) {
	if err := v.replaceClient(c, func(in *registry.ClientInput) { in.Scopes = scopes }); err != nil {
		f := v.form("scopes")
		v.renderClientScopes(v.refuse(f, err), c, f)
		return
	}
	v.say(said, name)
	v.toClient(c.ClientID, "/scopes")
}
