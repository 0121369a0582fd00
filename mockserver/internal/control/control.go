// Package control is the API below /_mock/, with which tests in any language
// steer the mock. CONTROL.md describes it.
package control

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/gateway"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/restapi"
)

// API answers control calls.
type API struct {
	config Config
	calls  map[string]handler
}

// New returns the API.
func New(config Config) *API {
	a := &API{config: config, calls: map[string]handler{}}
	for _, some := range []map[string]handler{serverCalls, lookCalls, dataCalls, digdirCalls, altinnCalls} {
		maps.Copy(a.calls, some)
	}
	return a
}

// Serve answers the call of this name, such as "POST clock".
func (a *API) Serve(w http.ResponseWriter, r *http.Request, name string, site *gateway.Site) restapi.Outcome {
	answer, ok := a.calls[name]
	if !ok {
		const message = "there is no such control call"
		writeJSON(w, http.StatusNotFound, failure{Error: message, Calls: slices.Sorted(maps.Keys(a.calls))})
		return restapi.Outcome{Status: http.StatusNotFound, Refusal: message}
	}
	c := &call{a.config, r, site}
	value, err := any(nil), c.check(name)
	if err == nil {
		value, err = answer(c)
	}
	if err != nil {
		writeJSON(w, http.StatusBadRequest, failure{Error: err.Error(), Field: fieldOf(err)})
		return restapi.Outcome{Operation: name, Status: http.StatusBadRequest, Refusal: err.Error()}
	}
	writeJSON(w, http.StatusOK, value)
	return restapi.Outcome{Operation: name, Status: http.StatusOK}
}

// failure is the answer to a call that failed. Calls lists those that there are,
// where there was none.
type failure struct {
	Error string   `json:"error"`
	Field string   `json:"field,omitzero"` // that it is about, by its name in the body
	Calls []string `json:"calls,omitzero"`
}

// fieldOf is the field that a refusal of the rules is about.
func fieldOf(err error) string {
	if e, ok := errors.AsType[*registry.Error](err); ok {
		return e.Field
	}
	if e, ok := errors.AsType[*portal.Error](err); ok {
		return e.Field
	}
	return ""
}

// writeJSON leaves JSON as it is, so that a snapshot looks the same wherever it
// comes from.
func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if raw, ok := value.(json.RawMessage); ok {
		_, _ = w.Write(raw) // a client that has gone away wants no answer
		return
	}
	_ = json.NewEncoder(w).Encode(value) // likewise
}
