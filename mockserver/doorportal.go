package mockserver

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/restapi"
)

// portal serves the portal: with an access token straight from the API, where
// merchant data are kept, else for the browser's session.
func (d *door) portal(w http.ResponseWriter, r *http.Request, segments []string, entry *Request) restapi.Outcome {
	if len(segments) > 3 && segments[0] == "api" && segments[1] == "environments" && r.Header.Get("Authorization") != "" {
		if e := d.server.environmentFor(segments[2]); e != nil {
			entry.Environment = e.name
			if !d.server.serves(e.name) {
				return d.refuseUnserved(w, e)
			}
			return e.api.ServePortal(w, r, segments[3:])
		}
	}
	var outcome restapi.Outcome
	workspace := func(w http.ResponseWriter, r *http.Request, environment, path string, actor portal.Actor) {
		entry.Environment = environment
		e := d.server.environmentFor(environment)
		if !d.server.serves(environment) {
			outcome = d.refuseUnserved(w, e)
			return
		}
		segments, err := restapi.SplitPath(path)
		if err != nil {
			outcome = e.api.Refuse(w, err)
			return
		}
		outcome = e.api.ServeAs(w, r, segments, restapi.Identity{OrgNo: actor.OrgNo, Actor: actor.Mail, Scopes: scopesOf(actor)})
	}
	cookiePath := "/portal/"
	if d.base != nil {
		cookiePath = strings.TrimRight(d.base.Path, "/") + cookiePath
	}
	recorded := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
	d.server.people().Handler(cookiePath, workspace).ServeHTTP(recorded, at(r, segments))
	return restapi.Outcome{
		Operation: cmp.Or(outcome.Operation, r.Method+" /portal"), Identity: outcome.Identity, Status: recorded.status, Refusal: outcome.Refusal, Assumed: outcome.Assumed,
		Unexpected: outcome.Unexpected,
	}
}

// at is a request for another path of the same server.
func at(r *http.Request, segments []string) *http.Request {
	moved, u := *r, *r.URL
	u.Path, u.RawPath = "/"+strings.Join(segments, "/"), ""
	for _, segment := range segments {
		u.RawPath += "/" + url.PathEscape(segment)
	}
	moved.URL = &u
	return &moved
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
