package gateway

import (
	"log/slog"
	"net/http"
	"slices"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/engine"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/journal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/restapi"
)

// healthCall isn't kept among the requests, and logged at level debug only: it
// comes for as long as a container runs.
const healthCall = "GET health"

// answer is ServeHTTP within the middleware. Every answer has a Date by the
// mock's clock.
func (s *Site) answer(w http.ResponseWriter, r *http.Request) {
	if s.allowOrigin(w, r) {
		return // it was a preflight
	}
	now := s.gateway.config.Engine.Clock().Now()
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	x := &request{Gateway: s.gateway, site: s, addresses: s.AddressesFor(r), r: r}
	limitPatience(w, r)
	segments, err := restapi.SplitPath(x.addresses.below(r.URL.EscapedPath()))
	if err == nil && x.page(w, segments) {
		return
	}
	x.entry, w = s.gateway.config.Journal.Open(journal.NewRequest(now, r), w, r)
	defer x.record() // also when a fault breaks the connection
	x.route(w, segments, err)
	x.note()
}

// route finds out what is asked of whom, unless the path makes no sense.
func (x *request) route(w http.ResponseWriter, segments []string, senseless error) {
	switch {
	case senseless != nil:
		x.refuse(w, "test", func(w http.ResponseWriter, env *engine.Environment) restapi.Outcome {
			return env.API.Refuse(w, senseless)
		})
	case x.addresses.hosts != nil:
		x.byHost(w, segments)
	default:
		x.byPath(w, segments)
	}
}

// byHost finds the environment by the real host. What the real host doesn't
// have, a call that went to the wrong address, this one doesn't have either.
func (x *request) byHost(w http.ResponseWriter, segments []string) {
	at, ok := x.addresses.hosts[hostOf(x.r.URL)]
	switch {
	case ok && at.issuer == isIssuers(segments):
		x.serveEnvironment(w, at.environment, segments)
	case ok:
		endpoints := x.addresses.Endpoints[at.environment]
		x.notFound(w, at.environment, "There is no such resource here: tokens come from "+endpoints.Token+", self-service is at "+endpoints.API)
	case len(segments) > 0 && segments[0] == "portal":
		x.portal(w, segments[1:])
	default:
		x.notFound(w, "test", "The portal lies below /portal/")
	}
}

// byPath finds the environment in the path.
func (x *request) byPath(w http.ResponseWriter, segments []string) {
	first := ""
	if len(segments) > 0 {
		first = segments[0]
	}
	switch first {
	case "_mock":
		x.control(w, segments[1:])
		return
	case "portal":
		x.portal(w, segments[1:])
		return
	case descriptionPath, worldSchemaPath:
		if len(segments) == 1 {
			x.document(w, "GET /"+first, x.describe(first))
			return
		}
	case "ver1", "ver2", "prod":
		x.serveEnvironment(w, first, segments[1:])
		return
	case wellKnown: // RFC 8414: the issuer's path comes last
		if len(segments) == 3 && segments[1] == metadata && segments[2] != "test" && slices.Contains(environments, segments[2]) {
			x.serveEnvironment(w, segments[2], segments[:2])
			return
		}
	}
	x.serveEnvironment(w, "test", segments)
}

// note writes down what became of the request. Where a fault came in between,
// and nobody else, what was known of the request before stays.
func (x *request) note() {
	o, entry := x.outcome, x.entry
	entry.Status, entry.Refusal, entry.Assumed, entry.Unexpected = o.Status, o.Refusal, o.Assumed, o.Unexpected
	if o.Operation != "" || entry.Fault == "" {
		entry.Operation, entry.OrgNo, entry.ClientID = o.Operation, o.Identity.OrgNo, o.Identity.Actor
	}
}

// record remembers the request and logs it.
func (x *request) record() {
	level := x.entry.LogLevel()
	if x.entry.Operation == healthCall {
		level = slog.LevelDebug
	} else {
		x.entry.Close()
	}
	if log := x.config.Log; log.Enabled(x.r.Context(), level) {
		log.LogAttrs(x.r.Context(), level, "request", x.entry.LogAttrs()...)
	}
	x.config.OnRequest(x.entry.Request)
}
