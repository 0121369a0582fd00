package issuer

import (
	"net/http"
	"strconv"
	"time"
)

// clientAssertion is the one way in which a client shows who it is (RFC 7523,
// 2.2).
const clientAssertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// assertionClaims are what a client's assertion may have. Others are for those
// who know what they mean.
var assertionClaims = []claim{
	{"iss", (*grant).readIssuer},
	{"sub", (*grant).readSubject},
	{"aud", (*grant).readAudience},
	{"iat", (*grant).readIssued},
	{"exp", (*grant).readExpires},
	{"nbf", (*grant).readNotBefore},
	{"jti", (*grant).readID},
}

// assertionChecks are those of a grant that concern who the client is.
var assertionChecks = [...]func(*tokenRequest) error{
	(*tokenRequest).checkClient,
	(*tokenRequest).checkSubject,
	(*tokenRequest).checkAudience,
	(*tokenRequest).checkKey,
	(*tokenRequest).checkSignature,
	(*tokenRequest).checkTimes,
	(*tokenRequest).spend,
}

// checkSubject: who asks for itself is its own subject.
func (t *tokenRequest) checkSubject() error {
	if t.grant.subject != t.grant.issuer {
		return refuse(invalidClient, "the sub is "+quote(t.grant.subject)+", not the client's id")
	}
	return nil
}

// TokenInfo answers POST <issuer>tokeninfo (RFC 7662) and tells what it decided.
// Any client may ask about any token.
func (e *Endpoint) TokenInfo(w http.ResponseWriter, r *http.Request) *Decision {
	return e.answer(w, e.tokenInfo, r)
}

func (e *Endpoint) tokenInfo(r *http.Request, t *tokenRequest, decision *Decision) ([]byte, error) {
	token, err := parameter(r, "token")
	if err != nil {
		return nil, err
	}
	if err := t.authenticate(r, decision); err != nil {
		return nil, err
	}
	payload, expires, ok := e.issuer.tokenPayload(token, t.now)
	if !ok {
		return []byte(`{"active":false}`), nil
	}
	answer := append([]byte(`{"active":true,`), payload[1:len(payload)-1]...)
	answer = append(answer, `,"expires_in":`...)
	return append(strconv.AppendInt(answer, expires-t.now.Unix(), 10), '}'), nil
}

// authenticate wants an assertion of the client's. Whatever is wrong with it,
// the client isn't known.
func (t *tokenRequest) authenticate(r *http.Request, decision *Decision) error {
	kind, err := parameter(r, "client_assertion_type")
	if err == nil && kind != clientAssertion {
		return refuse(invalidClient, "the client_assertion_type is "+quote(kind))
	}
	assertion, missing := parameter(r, "client_assertion")
	if err != nil || missing != nil {
		return refuse(invalidClient, "client_assertion and client_assertion_type are required")
	}
	if err := t.read(assertion, assertionClaims, decision); err != nil {
		return refuse(invalidClient, reasonOf(err))
	}
	for _, check := range assertionChecks {
		if err := check(t); err != nil {
			return refuse(invalidClient, reasonOf(err))
		}
	}
	return nil
}

// tokenPayload returns the claims of a token that is good, and when it ends.
func (i *Issuer) tokenPayload(token string, now time.Time) (payload []byte, expires int64, ok bool) {
	if known, ok := i.references.find(token, now); ok {
		return known.payload, known.claims.Expires, true
	}
	claims, err := i.Verify(token)
	if err != nil {
		return nil, 0, false
	}
	payload, _, err = i.verifySignature(token)
	return payload, claims.Expires.Unix(), err == nil
}
