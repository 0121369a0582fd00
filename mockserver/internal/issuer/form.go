package issuer

import (
	"net/http"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/lenient"
)

const maxBody = 1 << 20

// Token answers POST <issuer>token and tells what it decided.
func (e *Endpoint) Token(w http.ResponseWriter, r *http.Request) *Decision {
	return e.answer(w, e.token, r)
}

// token carries out a token request and returns the answer's body.
func (e *Endpoint) token(r *http.Request, t *tokenRequest, decision *Decision) ([]byte, error) {
	grantType, err := parameter(r, "grant_type")
	if err != nil {
		return nil, err
	}
	if grantType != jwtBearer {
		return nil, refuse(otherGrantType, "the grant_type is "+quote(grantType))
	}
	assertion, err := parameter(r, "assertion")
	if err != nil {
		return nil, err
	}
	if err := t.read(assertion, grantClaims, decision); err != nil {
		return nil, err
	}
	for _, check := range checks {
		if err := check(t); err != nil {
			return nil, err
		}
	}
	return t.answer(decision)
}

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
