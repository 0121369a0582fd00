// Package restapi is the self-service API of the mock: it turns HTTP into
// calls of the registry, and the registry's refusals into the real service's
// errors.
package restapi

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/lenient"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// Identity is who calls.
type Identity struct {
	// OrgNo is the organisation acted for.
	OrgNo string
	// Actor is the client or user behind the call.
	Actor string
	// Scopes are the OAuth scopes that the caller holds.
	Scopes []string
}

// Merchant keeps the merchant data of integrations. Bodies and answers are
// JSON.
type Merchant interface {
	MerchantData(orgno, integration string) (any, error)
	SaveMerchantData(orgno, integration string, body []byte) (any, error)
}

// Config is what an API stands on. All fields are required
// unless they say otherwise.
type Config struct {
	Registry *registry.Registry
	Now      func() time.Time
	NewID    func() string
	// Verify checks an access token.
	Verify func(token string) (Identity, error)
	// TermsSigned reports whether an organisation has signed the terms of use, as
	// those that have clients made must have. Nil: all have.
	TermsSigned func(orgno string) bool
	// Merchant data is served where a call comes by the portal.
	Merchant Merchant
	// Variants are those in force. Nil: none.
	Variants variants.Source
	// Lenient reports whether refusals that rest on assumptions are noted in the
	// [Outcome] instead of made. Nil: never.
	Lenient func() bool
}

// API is the self-service API of one environment.
type API struct{ config Config }

// New returns an API.
func New(config Config) *API { return &API{config: config} }

// Outcome is what became of a call, for the journal.
type Outcome struct {
	Operation string // "PUT /scopes/access/{consumer_orgno}"; empty: no such call
	Identity  Identity
	Status    int
	Refusal   string // the message of the error; empty: none
	// Assumed are the refusals that weren't made since they rest on assumptions,
	// such as "409: Scope difi:a is deactivated". Nil unless the API is lenient.
	Assumed []string
	// Unexpected: no client that knows the API makes such a call, since it is
	// none, or nothing can be made of it.
	Unexpected bool
}

// Serve answers a call that proves itself with an access token. Segments are
// those of the path below the environment's root, which begin with api/v1,
// or with the resource itself.
func (a *API) Serve(w http.ResponseWriter, r *http.Request, segments []string) Outcome {
	return a.serve(w, r, segments, false, func() (Identity, error) { return a.bearer(r) })
}

// ServePortal is Serve for the address of the portal, where merchant data are
// served too.
func (a *API) ServePortal(w http.ResponseWriter, r *http.Request, segments []string) Outcome {
	return a.serve(w, r, segments, true, func() (Identity, error) { return a.bearer(r) })
}

// ServeAs answers a call of somebody who has been recognised already, as the
// portal's users are.
func (a *API) ServeAs(w http.ResponseWriter, r *http.Request, segments []string, identity Identity) Outcome {
	return a.serve(w, r, segments, true, func() (Identity, error) { return identity, nil })
}

func (a *API) serve(w http.ResponseWriter, r *http.Request, segments []string, portal bool, identify func() (Identity, error)) (outcome Outcome) {
	op, parameters, allowed := route(r.Method, segments, portal)
	switch {
	case op == nil && len(allowed) == 0:
		return a.refuse(w, Outcome{}, refuse(http.StatusNotFound, "There is no such resource"))
	case op == nil:
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return a.refuse(w, Outcome{}, refuse(http.StatusMethodNotAllowed, "Only these methods are allowed here: "+strings.Join(allowed, ", ")))
	}
	outcome.Operation = op.name()
	c := &call{API: a, Request: r, op: op, parameters: parameters, portal: portal}
	if a.config.Lenient != nil && a.config.Lenient() {
		c.notes = &lenient.Notes{}
		defer func() { outcome.Assumed = c.notes.Texts(assumption) }()
	}
	if len(op.scopes) > 0 { // whatever token an open call brings along is of no interest
		var err error
		if outcome.Identity, err = identify(); err != nil {
			w.Header().Set("WWW-Authenticate", "Bearer")
			_, unexpected := errors.AsType[*httpError](err) // none at all; whether one is good is for the service to say
			return a.refuse(w, outcome, &httpError{http.StatusUnauthorized, "Unauthorized: " + err.Error(), unexpected})
		}
		c.identity = outcome.Identity
		if err := c.checkAllowed(); err != nil {
			return a.refuse(w, outcome, err)
		}
	}
	answer, err := op.handle(c)
	if err != nil {
		return a.refuse(w, outcome, err)
	}
	outcome.Status = a.answer(w, op, answer)
	return outcome
}

// Refuse answers 400 to a request whose path makes no sense.
func (a *API) Refuse(w http.ResponseWriter, err error) Outcome {
	return a.refuse(w, Outcome{}, refuse(http.StatusBadRequest, err.Error()))
}

// NotFound answers 404 to a request for what is no part of the API.
func (a *API) NotFound(w http.ResponseWriter, message string) Outcome {
	return a.refuse(w, Outcome{}, refuse(http.StatusNotFound, message))
}

func (a *API) refuse(w http.ResponseWriter, outcome Outcome, err error) Outcome {
	answer := newErrorAnswer(err, a.config.Now(), a.config.NewID())
	outcome.Status, outcome.Refusal = answer.Status, err.Error()
	if refusal, ok := errors.AsType[*httpError](err); ok {
		outcome.Unexpected = refusal.unexpected
	}
	writeJSON(w, answer.Status, answer)
	return outcome
}

func (a *API) answer(w http.ResponseWriter, op *operation, value any) int {
	status := http.StatusOK
	switch {
	case !op.created && (!op.varies || !a.config.Variants.Has(variants.StatusesCreated)):
	case op.method == http.MethodDelete:
		status = http.StatusNoContent
	case op.method == http.MethodPost:
		status = http.StatusCreated
	}
	if value == nil {
		w.WriteHeader(status)
		return status
	}
	writeJSON(w, status, value)
	return status
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	switch list := value.(type) {
	case []*registry.Client:
		w.WriteHeader(status)
		writeList(w, list, appendClient)
		return
	case []*registry.Scope:
		w.WriteHeader(status)
		writeList(w, list, appendScope)
		return
	}
	body, err := encode(value)
	if err != nil { // plain structures can't fail
		status, body = http.StatusInternalServerError, nil
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone away wants no answer
}

// bearer reads the token of a request (RFC 6750, 2.1).
func (a *API) bearer(r *http.Request) (Identity, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if token = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") || token == "" {
		return Identity{}, refuse(http.StatusUnauthorized, "an access token is required")
	}
	return a.config.Verify(token)
}

// call is one call on its way.
type call struct {
	*API
	*http.Request
	op         *operation
	parameters map[string]string
	identity   Identity
	portal     bool           // by the portal's address
	notes      *lenient.Notes // nil: strict
}

// The scopes with which a caller acts for others.
const (
	supplierScope = "idporten:dcr.supplier"
	altinnScope   = "idporten:dcr.altinn" // at an address of its own
)

// checkAllowed refuses a caller that holds none of the scopes that the operation
// asks for.
func (c *call) checkAllowed() error {
	if slices.ContainsFunc(c.op.scopes, func(scope string) bool { return slices.Contains(c.identity.Scopes, scope) }) {
		return nil
	}
	var refusal error = &httpError{http.StatusForbidden, "The token has none of the scopes that allow this: " + strings.Join(c.op.scopes, ", "), false}
	if c.op.assumedScopes {
		return c.notes.Assumed(refusal)
	}
	return refusal
}

// caller is who calls, in the registry's terms.
func (c *call) caller() registry.Caller {
	own := slices.ContainsFunc(c.op.scopes, func(scope string) bool {
		return scope != supplierScope && scope != altinnScope && slices.Contains(c.identity.Scopes, scope)
	})
	return registry.Caller{
		OrgNo: c.identity.OrgNo, Actor: c.identity.Actor, Lenient: c.notes,
		Own: own, Supplier: slices.Contains(c.identity.Scopes, supplierScope) || slices.Contains(c.op.scopes, altinnScope),
	}
}

// listed answers a list. Where empty lists are errors, an empty one is one that
// says so with these words.
func listed[T any](c *call, list []T, err error, none string) (any, error) {
	if err == nil && len(list) == 0 && c.config.Variants.Has(variants.EmptyListsError) {
		return nil, &httpError{http.StatusNotFound, none, false}
	}
	return list, err
}

// param is a parameter of the path.
func (c *call) param(name string) string { return c.parameters[name] }

// query is a parameter of the query; empty when it isn't there.
func (c *call) query(name string) string { return c.URL.Query().Get(name) }

// scope is the scope that the call is about. Its name may hold slashes, and so
// is a parameter of the query.
func (c *call) scope() (string, error) {
	name := c.query("scope")
	if name == "" {
		return "", refuse(http.StatusBadRequest, "The parameter scope is required")
	}
	return name, nil
}

// flag is a parameter of the query that is true or false, in any case; absent
// is false.
func (c *call) flag(name string) (bool, error) {
	values, ok := c.URL.Query()[name]
	if !ok {
		return false, nil
	}
	switch strings.ToLower(values[0]) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, refuse(http.StatusBadRequest, "The parameter "+name+" must be true or false")
}
