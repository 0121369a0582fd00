// Package jwt takes tokens apart to show them. It checks nothing.
package jwt

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// Token is what a token says, as it says it.
type Token struct {
	Header json.RawMessage `json:"header"`
	Claims json.RawMessage `json:"claims"`
}

// errNone is the error of what can't be taken apart.
var errNone = errors.New("it is no signed JWT: that has three parts in base64url, with dots between them")

// Read takes a token apart.
func Read(text string) (*Token, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, errNone
	}
	header, err := object(parts[0])
	if err != nil {
		return nil, err
	}
	claims, err := object(parts[1])
	if err != nil {
		return nil, err
	}
	return &Token{Header: header, Claims: claims}, nil
}

func object(part string) (json.RawMessage, error) {
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "="))
	if err != nil || !json.Valid(data) || !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		return nil, errNone
	}
	return data, nil
}

// Find gets the token out of what people copy: an Authorization header, the answer
// of the token endpoint, a line of curl's configuration.
func Find(text string) string {
	text = strings.Trim(strings.TrimPrefix(text, "\ufeff"), " \t\r\n\"'")
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if json.Unmarshal([]byte(text), &answer) == nil && answer.AccessToken != "" {
		return answer.AccessToken
	}
	for _, lead := range []string{"header = \"", "authorization:", "bearer"} {
		if len(text) >= len(lead) && strings.EqualFold(text[:len(lead)], lead) {
			text = strings.Trim(text[len(lead):], " \t\"'")
		}
	}
	return text
}

// Issuer is the claim iss, or empty.
func (t *Token) Issuer() string {
	var claims struct {
		Issuer string `json:"iss"`
	}
	_ = json.Unmarshal(t.Claims, &claims) // one of another type is none
	return claims.Issuer
}

// Moment is a time in the token.
type Moment struct {
	Name string
	At   time.Time
}

// Times are when the token was issued, when it is good from, and when it expires,
// as far as it says so.
func (t *Token) Times() []Moment {
	var claims map[string]json.RawMessage
	_ = json.Unmarshal(t.Claims, &claims) // it is an object
	var moments []Moment
	for _, claim := range [][2]string{{"iat", "Issued "}, {"nbf", "From   "}, {"exp", "Expires"}} {
		var seconds float64
		if json.Unmarshal(claims[claim[0]], &seconds) == nil && claims[claim[0]] != nil && seconds > 0 && seconds < 1e12 {
			moments = append(moments, Moment{claim[1], time.Unix(int64(seconds), 0)})
		}
	}
	return moments
}
