package pages

import (
	"net/url"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// under says where a page lies: the crumbs above it.
func (v *visit) under(crumbs ...link) { v.crumbs = crumbs }

func (v *visit) adminCrumb() link {
	return link{Address: v.to("/portal/administration"), Label: v.text("title.administration")}
}

func (v *visit) scopesCrumb() link {
	return link{Address: v.to(v.inEnvironment("/scopes")), Label: v.text("title.scopes") + ", " + v.text("env."+v.env.Name)}
}

func (v *visit) scopeCrumb(name string) link {
	return link{Address: v.to(v.scopePath(name)), Label: name}
}

// scopePath is the path of a scope's page.
func (v *visit) scopePath(name string) string {
	return v.inEnvironment("/scope?name=" + url.QueryEscape(name))
}

func (v *visit) servicesCrumb() link {
	return link{Address: v.to("/portal/services", "env", v.env.Name), Label: v.text("title.services") + ", " + v.text("env."+v.env.Name)}
}

func (v *visit) integrationsCrumb() link {
	return link{Address: v.to(v.inEnvironment("/integrations")), Label: v.text("title.integrations") + ", " + v.text("env."+v.env.Name)}
}

func (v *visit) clientCrumb(c *registry.Client) link {
	return link{Address: v.to(v.integrationPath(c.ClientID)), Label: c.ClientName}
}

// integrationPath is the path of an integration's page.
func (v *visit) integrationPath(id string) string { return v.inEnvironment("/integrations/" + id) }
