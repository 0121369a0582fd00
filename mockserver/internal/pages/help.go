package pages

import (
	"net/http"
	"slices"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// step is a step of the guide, and the page where it is taken.
type step struct {
	Text, Address string
	Done          bool
}

// section is a part of the guide.
type section struct {
	Title string
	Steps []step
}

// knownError is a refusal of the token endpoint, and what to do about it.
type knownError struct {
	Code, Text, Meaning string
	Status              int
}

// help is the guide, step by step, and what each refusal means. Steps that were
// taken are ticked, for who is signed in: those of one environment in that which
// comes first.
func help(v *visit) {
	var known []knownError
	for _, row := range issuer.Rows() {
		meaning := catalogues()[v.lang].optional("mp." + row.Code)
		told := slices.ContainsFunc(known, func(e knownError) bool { return e.Code == row.Code })
		if meaning != "" && !told { // of several rows with one code, the first
			known = append(known, knownError{row.Code, row.Text, meaning, row.Status})
		}
	}
	v.render(http.StatusOK, "help", nil, struct {
		Sections []section
		Errors   []knownError
	}{v.guide(v.taken()), known})
}

// taken names the steps that were taken by who is signed in.
func (v *visit) taken() map[string]bool {
	if v.profile == nil {
		return map[string]bool{}
	}
	taken := map[string]bool{"register": true, "confirm": true, "login": true}
	for _, e := range v.place.Environments {
		if actor, err := v.portal().Enter(v.session(), e.Name); e.Served && err == nil {
			v.env, v.actor = e, actor
			break
		}
	}
	if v.env.Name == "" {
		return taken
	}
	own := v.registry().ScopePage(v.actor.OrgNo, "", registry.Page{Inactive: true, Limit: perPage, Enough: perPage})
	taken["prefix"], taken["scope"] = len(v.prefixes()) > 0, own.Total > 0
	for _, s := range own.Items {
		accesses, err := v.registry().AccessPage(v.actor.OrgNo, s.Name, registry.Page{Enough: 1})
		taken["access"] = taken["access"] || err == nil && accesses.Total > 0
		taken["deactivate"] = taken["deactivate"] || !s.Active
	}
	taken["points"] = len(v.portal().NotificationPoints(v.actor.OrgNo)) > 0
	clients := v.registry().IntegrationPage(v.actor.OrgNo, "MASKINPORTEN", registry.Page{Inactive: true, Limit: perPage, Enough: perPage})
	for _, c := range clients.Items {
		taken["delete"] = taken["delete"] || !c.Active
	}
	return taken
}

// guide is the guide to self-service; addresses lead to the environment at hand.
func (v *visit) guide(taken map[string]bool) []section {
	env := v.env.Name
	if env == "" {
		env = v.place.Environments[0].Name
	}
	in := func(path string) string { return v.to("/portal/env/" + env + path) }
	steps := func(name string, pairs ...string) section {
		s := section{Title: v.text("guide." + name)}
		for i := 0; i+1 < len(pairs); i += 2 {
			s.Steps = append(s.Steps, step{Text: v.text("guide." + pairs[i]), Address: pairs[i+1], Done: taken[pairs[i]]})
		}
		return s
	}
	mail := v.to("/portal/register")
	if v.place.Calls != nil {
		mail = v.to("/workbench/mail")
	}
	sections := []section{
		steps("start", "register", v.to("/portal/register"), "confirm", mail, "login", v.to("/portal/login"), "production", v.to("/portal/organization")),
		steps("provider",
			"prefix", v.to("/portal/prefixes/new"), "scope", in("/scopes/new"), "access", in("/scopes"),
			"deactivate", in("/scopes"), "points", v.to("/portal/services")),
		steps("consumer", "client", in("/integrations/new"), "key", in("/integrations"), "pick", in("/integrations"), "delete", in("/integrations")),
	}
	if v.place.Calls != nil {
		last := &sections[2]
		last.Steps = append(last.Steps, step{Text: v.text("guide.token"), Address: v.to("/workbench/token")})
	}
	return sections
}
