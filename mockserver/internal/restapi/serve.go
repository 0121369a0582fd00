package restapi

import (
	"errors"
	"net/http"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/lenient"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

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
	outcome.Operation = op.name
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
