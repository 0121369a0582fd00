package issuer

import "net/http"

const (
	jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer" //nolint:gosec // a name that everybody knows
	maxBody   = 1 << 20
)

// parseForm returns the assertion of a token request. Its parameters are read
// from the body or, where they aren't there, from the query.
func parseForm(w http.ResponseWriter, r *http.Request) (assertion string, err error) {
	if r.Body == nil { // a request that no server has read
		r.Body = http.NoBody
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		return "", malformed("the form is malformed or too long")
	}
	grantType, err := parameter(r, "grant_type")
	if err != nil {
		return "", err
	}
	if grantType != jwtBearer {
		return "", refuse(otherGrantType, "the grant_type is "+quote(grantType))
	}
	return parameter(r, "assertion")
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
