package mockserver

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/restapi"
)

// addresses are where a door's environments are found.
type addresses struct {
	endpoints map[string]maskinporten.Endpoints
	// hosts maps the real hosts to environments; nil: by path, below base.
	hosts map[string]string
	base  *url.URL
}

const (
	wellKnown = ".well-known"
	metadata  = "oauth-authorization-server"
	// portalHost is where the portal is found in memory. The real one has no
	// such calls, so it is none of the real hosts.
	portalHost = "portal.mockserver.invalid"
)

// memoryAddresses are those of the real environments.
func memoryAddresses() addresses {
	a := addresses{endpoints: map[string]maskinporten.Endpoints{}, hosts: map[string]string{"integrasjon.difi.no": "prod"}}
	for _, env := range maskinporten.Environments() {
		endpoints, err := env.Endpoints()
		if err != nil {
			continue // all environments have some
		}
		for _, address := range []string{endpoints.Issuer, endpoints.API} {
			if u, err := url.Parse(address); err == nil {
				a.hosts[u.Host] = string(env)
			}
		}
		endpoints.Portal = "https://" + portalHost + "/portal/api/environments/" + string(env)
		a.endpoints[string(env)] = endpoints
	}
	return a
}

// addressesBelow are those of a listener or handler.
func addressesBelow(base string) addresses {
	base = strings.TrimRight(base, "/")
	a := addresses{endpoints: map[string]maskinporten.Endpoints{}}
	if a.base, _ = url.Parse(base); a.base == nil {
		a.base = &url.URL{}
	}
	for _, name := range environmentNames() {
		root := base + "/"
		if name != "test" {
			root += name + "/"
		}
		api := root + "api/v1"
		if strings.HasPrefix(name, "ver") {
			api = strings.TrimSuffix(root, "/") // as the old hosts had it
		}
		a.endpoints[name] = maskinporten.Endpoints{
			Issuer: root, Token: root + "token", API: api, Portal: base + "/portal/api/environments/" + name,
		}
	}
	return a
}

// door is one way into the server.
type door struct {
	addresses
	server *Server
}

func newDoor(s *Server, a addresses) *door {
	return &door{addresses: a, server: s}
}

// ServeHTTP answers a request. Every answer has a Date by the server's clock.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", d.server.clock.Now().UTC().Format(http.TimeFormat))
	entry := newRequest(d.server.clock.Now(), r)
	defer func() { // also when a fault breaks the connection
		d.server.journal.add(entry)
	}()
	entry.take(d.serve(w, r, entry))
	d.server.options.log.LogAttrs(r.Context(), levelOf(entry.Status), "request", entry.attributes()...)
}

func (d *door) serve(w http.ResponseWriter, r *http.Request, entry *Request) restapi.Outcome {
	path := strings.TrimPrefix(r.URL.EscapedPath(), strings.TrimRight(d.basePath(), "/"))
	if r.URL.EscapedPath() == "" {
		path = "/"
	}
	segments, err := restapi.SplitPath(path)
	if err != nil {
		return d.server.environmentFor("test").api.Refuse(w, err)
	}
	if d.hosts == nil {
		return d.byPath(w, r, segments, entry)
	}
	host := strings.TrimSuffix(r.URL.Host, ":443")
	if host == portalHost {
		return d.byPath(w, r, segments, entry)
	}
	return d.within(w, r, d.hosts[host], segments, entry)
}

func (d *door) basePath() string {
	if d.base == nil {
		return ""
	}
	return d.base.EscapedPath()
}

// byPath finds the environment in the path.
func (d *door) byPath(w http.ResponseWriter, r *http.Request, segments []string, entry *Request) restapi.Outcome {
	first := ""
	if len(segments) > 0 {
		first = segments[0]
	}
	switch first {
	case "_mock":
		return d.control(w, r, segments[1:])
	case "portal":
		return d.portal(w, r, segments[1:])
	case "ver1", "ver2", "prod":
		return d.within(w, r, first, segments[1:], entry)
	case wellKnown: // RFC 8414: the issuer's path comes last
		if len(segments) == 3 && segments[1] == metadata && segments[2] != "test" && d.endpoints[segments[2]].Issuer != "" {
			return d.within(w, r, segments[2], segments[:2], entry)
		}
	}
	return d.within(w, r, "test", segments, entry)
}

// within serves one environment, unless a fault comes in between.
func (d *door) within(w http.ResponseWriter, r *http.Request, name string, segments []string, entry *Request) restapi.Outcome {
	if !d.server.faults.any() {
		return d.environment(w, r, name, segments, entry)
	}
	fault := d.server.faults.pick(d.peek(r, name, segments))
	if fault == nil {
		return d.server.faults.unharmed(w, r, func(w http.ResponseWriter) restapi.Outcome { return d.environment(w, r, name, segments, entry) })
	}
	entry.Fault = fault.String()
	return d.server.faults.suffer(fault, w, r, func(w http.ResponseWriter) restapi.Outcome { return d.environment(w, r, name, segments, entry) })
}

// environment serves one environment, unkindly if so wanted.
func (d *door) environment(w http.ResponseWriter, r *http.Request, name string, segments []string, entry *Request) restapi.Outcome {
	if d.server.chaos == nil {
		return d.kindly(w, r, name, segments, entry)
	}
	return d.server.chaos.answer(w, r, func(w http.ResponseWriter) restapi.Outcome { return d.kindly(w, r, name, segments, entry) })
}

func (d *door) kindly(w http.ResponseWriter, r *http.Request, name string, segments []string, entry *Request) restapi.Outcome {
	e := d.server.environmentFor(name)
	entry.Environment = name
	switch {
	case len(segments) == 1 && segments[0] == "token":
		return d.token(w, r, e, entry)
	case len(segments) == 1 && segments[0] == "jwk":
		return d.document(w, r, e, (*issuer.Door).JWKS)
	case len(segments) == 2 && segments[0] == wellKnown && segments[1] == metadata:
		return d.document(w, r, e, (*issuer.Door).Metadata)
	case len(segments) == 2 && segments[0] == "errors":
		return explain(w, segments[1])
	}
	return e.api.Serve(w, r, segments)
}

func (d *door) token(w http.ResponseWriter, r *http.Request, e *environment, entry *Request) restapi.Outcome {
	through, err := e.through(d)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return restapi.Outcome{Status: http.StatusInternalServerError, Refusal: err.Error()}
	}
	decision := through.Token(w, r)
	entry.Grant = newGrant(decision)
	return restapi.Outcome{Operation: "POST /token", Status: decision.Status, Refusal: decision.Reason, Identity: restapi.Identity{Actor: decision.ClientID}}
}

func (d *door) document(w http.ResponseWriter, r *http.Request, e *environment, serve func(*issuer.Door, http.ResponseWriter, *http.Request)) restapi.Outcome {
	through, err := e.through(d)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return restapi.Outcome{Status: http.StatusInternalServerError, Refusal: err.Error()}
	}
	recorded := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
	serve(through, recorded, r)
	return restapi.Outcome{Status: recorded.status}
}

// portal serves the portal: with an access token straight from the API, where
// merchant data are kept, else for the browser's session.
func (d *door) portal(w http.ResponseWriter, r *http.Request, segments []string) restapi.Outcome {
	if len(segments) > 3 && segments[0] == "api" && segments[1] == "environments" && r.Header.Get("Authorization") != "" {
		if e := d.server.environmentFor(segments[2]); e.registry != nil {
			return e.api.ServePortal(w, r, segments[3:])
		}
	}
	recorded := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
	workspace := func(w http.ResponseWriter, r *http.Request, environment, path string, actor portal.Actor) {
		e := d.server.environmentFor(environment)
		segments, err := restapi.SplitPath(path)
		if err != nil {
			e.api.Refuse(w, err)
			return
		}
		e.api.ServeAs(w, r, segments, restapi.Identity{OrgNo: actor.OrgNo, Actor: actor.Mail, Scopes: scopesOf(actor)})
	}
	base := strings.TrimRight(d.basePath(), "/") + "/portal"
	http.StripPrefix(base, d.server.people().Handler(base+"/", workspace)).ServeHTTP(recorded, r)
	return restapi.Outcome{Operation: r.Method + " /portal", Status: recorded.status}
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

// explain answers error_uri.
func explain(w http.ResponseWriter, code string) restapi.Outcome {
	for _, row := range issuer.Rows() {
		if row.Code == code {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = io.WriteString(w, row.Code+" "+row.Error+": "+row.Text+"\n")
			return restapi.Outcome{Status: http.StatusOK}
		}
	}
	http.Error(w, "unknown error code", http.StatusNotFound)
	return restapi.Outcome{Status: http.StatusNotFound}
}

// statusRecorder remembers the status of an answer.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements [http.ResponseWriter].
func (r *statusRecorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // a client that has gone away wants no answer
}
