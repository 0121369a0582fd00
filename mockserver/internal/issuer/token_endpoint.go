package issuer

import "net/http"

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
