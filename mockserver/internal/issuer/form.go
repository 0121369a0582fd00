package issuer

import (
	"net/http"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/lenient"
)

const maxBody = 1 << 20

// answer answers a form with what handle makes of it.
func (e *Endpoint) answer(w http.ResponseWriter, handle func(*http.Request, *tokenRequest, *Decision) ([]byte, error), r *http.Request) *Decision {
	decision := &Decision{Unexpected: true} // until an assertion is read
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	t := &tokenRequest{Issuer: e.issuer, address: e.address, now: e.issuer.config.Now(), in: e.issuer.variants()}
	if lenientNow := e.issuer.config.Lenient; lenientNow != nil && lenientNow() {
		t.notes = &lenient.Notes{}
	}
	var body []byte
	err := parseForm(w, r)
	if err == nil {
		body, err = handle(r, t, decision)
	}
	decision.Assumed = t.notes.Texts(assumption)
	if err != nil {
		e.refuse(w, decision, err)
		return decision
	}
	decision.Status = http.StatusOK
	write(w, http.StatusOK, body)
	return decision
}

// parseForm reads the parameters of a POST, of the body or the query.
func parseForm(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return refuse(methodNotAllowed, r.Method+" where only POST is")
	}
	if r.Body == nil { // a request that no server has read
		r.Body = http.NoBody
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		return malformed("the form is malformed or too long")
	}
	return nil
}

// parameter returns a parameter that must be there once (RFC 6749 section
// 3.2).
func parameter(r *http.Request, name string) (string, error) {
	values := r.PostForm[name]
	if len(values) == 0 {
		values = r.Form[name] // what the query has
	}
	switch {
	case len(values) == 0 || values[0] == "":
		return "", malformed("the parameter " + name + " is missing: is the body application/x-www-form-urlencoded?")
	case len(values) > 1:
		return "", malformed("the parameter " + name + " is there twice")
	}
	return values[0], nil
}
