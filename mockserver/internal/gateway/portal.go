package gateway

import (
	"cmp"
	"net/http"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/recorder"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/restapi"
)

// portal serves the portal: with an access token straight from the API, where
// merchant data are kept, else for the browser's session.
func (x *request) portal(w http.ResponseWriter, segments []string) {
	if len(segments) > 3 && segments[0] == "api" && segments[1] == "environments" && x.r.Header.Get("Authorization") != "" {
		if env, err := x.config.Engine.Environment(segments[2]); err == nil {
			x.entry.Environment = env.Name
			if !x.serves(env.Name) {
				x.notFound(w, env.Name, Unserved(x.config.Served, env.Name))
				return
			}
			x.respond(w, func(w http.ResponseWriter) restapi.Outcome { return env.API.ServePortal(w, x.r, segments[3:]) })
			return
		}
	}
	x.respond(w, func(w http.ResponseWriter) restapi.Outcome {
		var outcome restapi.Outcome
		workspace := func(w http.ResponseWriter, r *http.Request, environment, path string, actor portal.Actor) {
			outcome = x.work(w, r, environment, path, actor)
		}
		passing := recorder.WithStatus(w)
		x.config.Engine.Portal().Handler(x.addresses.path+"/portal/", workspace).ServeHTTP(passing, moved(x.r, segments))
		outcome.Operation, outcome.Status = cmp.Or(outcome.Operation, x.r.Method+" /portal"), passing.Status
		return outcome
	})
}

// work is what a signed-in user does in an environment.
func (x *request) work(w http.ResponseWriter, r *http.Request, environment, path string, actor portal.Actor) restapi.Outcome {
	x.entry.Environment = environment
	env, err := x.config.Engine.Environment(environment)
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return restapi.Outcome{Refusal: err.Error()}
	}
	if !x.serves(environment) {
		return env.API.NotFound(w, Unserved(x.config.Served, environment))
	}
	segments, err := restapi.SplitPath(path)
	if err != nil {
		return env.API.Refuse(w, err)
	}
	return env.API.ServeAs(w, r, segments, restapi.Identity{OrgNo: actor.OrgNo, Actor: actor.Mail, Scopes: scopesOf(actor)})
}

// scopesOf says in OAuth scopes what a user may do.
func scopesOf(actor portal.Actor) []string {
	var scopes []string
	if actor.Has(portal.RightAPIs) {
		scopes = append(scopes, "idporten:scopes.write")
	}
	if actor.Has(portal.RightIntegrations) {
		scopes = append(scopes, "idporten:dcr.write")
	}
	if actor.Has(portal.RightSupplier) {
		scopes = append(scopes, "idporten:dcr.supplier")
	}
	return scopes
}
