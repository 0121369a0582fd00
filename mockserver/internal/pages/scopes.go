package pages

import (
	"net/http"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// scopeRoutes are the pages of Mine API.
func scopeRoutes() []route {
	apis := func(serve func(*visit)) func(*visit) { return within(portal.RightAPIs, serve) }
	scope := func(serve func(*visit, *registry.Scope)) func(*visit) { return apis(withScope(serve)) }
	return []route{
		{"GET /portal/env/{env}/scopes", apis(scopes)},
		{"GET /portal/env/{env}/scopes/new", apis(newScope)},
		{"POST /portal/env/{env}/scopes/new", apis(createScope)},
		{"GET /portal/env/{env}/scope", scope(scopePage)},
		{"GET /portal/env/{env}/scope/edit", scope(editScope)},
		{"POST /portal/env/{env}/scope/edit", scope(changeScope)},
		{"GET /portal/env/{env}/scope/deactivate", scope(askDeactivateScope)},
		{"POST /portal/env/{env}/scope/deactivate", scope(deactivateScope)},
		{"POST /portal/env/{env}/scope/reactivate", scope(reactivateScope)},
		{"GET /portal/env/{env}/scope/access", scope(newAccess)},
		{"POST /portal/env/{env}/scope/access", scope(grantAccess)},
		{"POST /portal/env/{env}/scope/access/remove", scope(revokeAccess)},
	}
}

// scopes is Mine API: the organisation's own scopes.
func scopes(v *visit) {
	wanted := v.wantedPart()
	v.under(v.adminCrumb())
	v.render(http.StatusOK, "scopes", nil, struct {
		listing[*registry.Scope]
		Prefix   string
		Prefixes []string
	}{list(v, wanted, v.registry().ScopePage(v.actor.OrgNo, v.query("prefix"), wanted)), v.query("prefix"), v.prefixes()})
}

// prefixes are the organisation's own, in the environment at hand.
func (v *visit) prefixes() []string {
	var names []string
	for _, p := range v.registry().Prefixes(v.actor.OrgNo) {
		names = append(names, p.Prefix)
	}
	return names
}

// withScope finds the scope that the address names, or the form.
func withScope(serve func(*visit, *registry.Scope)) func(*visit) {
	return func(v *visit) {
		name := v.query("name")
		if v.r.Method == http.MethodPost {
			name = v.r.PostForm.Get("name")
		}
		s, err := v.registry().Scope(v.actor.OrgNo, name)
		if err != nil {
			v.failed(err)
			return
		}
		serve(v, s)
	}
}

// scopePage shows a scope, and below it who has access.
func scopePage(v *visit, s *registry.Scope) {
	wanted := v.wantedPart()
	accesses, err := v.registry().AccessPage(v.actor.OrgNo, s.Name, wanted)
	if err != nil {
		v.failed(err)
		return
	}
	v.under(v.adminCrumb(), v.scopesCrumb())
	v.renderTitled(http.StatusOK, "scope", s.Name, nil, struct {
		Scope    *registry.Scope
		Accesses listing[*registry.Access]
	}{s, list(v, wanted, accesses)})
}

// toScope sends the visitor to a scope's page.
func (v *visit) toScope(name string) { v.redirect(v.scopePath(name)) }

// askDeactivateScope warns while others have access.
func askDeactivateScope(v *visit, s *registry.Scope) {
	v.renderDeactivateScope(http.StatusOK, s, v.form("deactivatescope"))
}

func (v *visit) renderDeactivateScope(status int, s *registry.Scope, f *form) {
	accesses, err := v.registry().AccessPage(v.actor.OrgNo, s.Name, registry.Page{})
	if err != nil {
		v.failed(err)
		return
	}
	v.under(v.adminCrumb(), v.scopesCrumb(), v.scopeCrumb(s.Name))
	v.renderTitled(status, "deactivatescope", v.text("deactivatescope.title", s.Name), f, struct {
		Scope    *registry.Scope
		Accesses int
	}{s, accesses.Total})
}

// deactivateScope takes the accesses back first, if that was chosen.
func deactivateScope(v *visit, s *registry.Scope) {
	if v.r.PostForm.Get("revoke") != "" {
		given, _ := v.registry().AccessGiven(v.actor.OrgNo, registry.AccessFilter{Scope: s.Name}) // none at all is refused
		for _, a := range given {
			if _, err := v.registry().RevokeAccess(v.caller(), s.Name, a.ConsumerOrgNo); err != nil {
				f := v.form("deactivatescope")
				v.renderDeactivateScope(v.refuse(f, err), s, f)
				return
			}
		}
	}
	if _, err := v.registry().DeactivateScope(v.caller(), s.Name); err != nil {
		f := v.form("deactivatescope")
		v.renderDeactivateScope(v.refuse(f, err), s, f)
		return
	}
	v.say("said.scope_deactivated", s.Name)
	v.toScope(s.Name)
}
