package gateway

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/engine"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/journal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/recorder"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/restapi"
)

// request is one request on its way: it is recorded, led to where it belongs, to
// an environment past faults and chaos, and answered.
type request struct {
	*Gateway
	site      *Site
	addresses *Addresses // by which the sender knows the site
	r         *http.Request
	entry     *journal.Open

	environment *engine.Environment // nil: none yet, or none of them
	segments    []string            // of the path below the environment
	outcome     restapi.Outcome
	answer      refusal // if it is one
}

// refuse answers in the words of an environment's API.
func (x *request) refuse(w http.ResponseWriter, environment string, answer func(http.ResponseWriter, *engine.Environment) restapi.Outcome) {
	env, err := x.config.Engine.Environment(environment)
	if err != nil {
		x.defect(w, err)
		return
	}
	x.respond(w, func(w http.ResponseWriter) restapi.Outcome { return answer(w, env) })
}

func (x *request) notFound(w http.ResponseWriter, environment, message string) {
	x.refuse(w, environment, func(w http.ResponseWriter, env *engine.Environment) restapi.Outcome {
		return env.API.NotFound(w, message)
	})
}

// defect answers where the mock itself is at fault.
func (x *request) defect(w http.ResponseWriter, err error) {
	http.Error(w, err.Error(), http.StatusInternalServerError)
	x.outcome = restapi.Outcome{Status: http.StatusInternalServerError, Refusal: err.Error()}
}

// respond lets somebody answer, keeps the outcome, and says in a header why, where
// it is a refusal.
func (x *request) respond(w http.ResponseWriter, answer func(http.ResponseWriter) restapi.Outcome) {
	x.answer = refusal{ResponseWriter: w}
	x.outcome = answer(&x.answer)
	x.answer.release(x.outcome.Refusal)
}

// document answers with something that is the same for everybody.
func (x *request) document(w http.ResponseWriter, operation string, serve http.HandlerFunc) {
	x.respond(w, func(w http.ResponseWriter) restapi.Outcome {
		passing := recorder.WithStatus(w)
		serve(passing, x.r)
		return restapi.Outcome{Operation: operation, Status: passing.Status, Unexpected: passing.Status >= 400}
	})
}

// moved is a request for another path of the same server.
func moved(r *http.Request, segments []string) *http.Request {
	to, u := *r, *r.URL
	u.Path, u.RawPath = "/"+strings.Join(segments, "/"), ""
	for _, segment := range segments {
		u.RawPath += "/" + url.PathEscape(segment)
	}
	to.URL = &u
	return &to
}
