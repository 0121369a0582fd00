package token

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/wire"
	"golang.org/x/oauth2"
)

const maxAnswer = 1 << 20

// answer is a token, or a refusal (RFC 6749, 5.1 and 5.2).
type answer struct {
	failure *Failure // what it is when it is no token
	header  http.Header
	body    []byte
	members map[string]json.RawMessage
}

// read makes a token or an error of an answer. The assertion is taken out of
// whatever quotes it.
func (a *answer) read(from io.Reader, assertion string, issued time.Time) (*oauth2.Token, error) {
	body, err := io.ReadAll(io.LimitReader(from, maxAnswer+1))
	if err != nil {
		a.failure.BrokeOff = true
		a.failure.Err = fmt.Errorf("the answer broke off: %w", err)
		return nil, a.failure
	}
	if len(body) > maxAnswer {
		return nil, a.bad("it is larger than %d bytes", maxAnswer)
	}
	a.body = bytes.TrimPrefix(wire.Hide(body, assertion), []byte("\uFEFF"))
	parsed := json.Unmarshal(a.body, &a.members)
	status := a.failure.StatusCode
	if code, _ := a.text("error"); code != "" {
		description, _ := a.text("error_description")
		uri, _ := a.text("error_uri")
		a.failure.say(code, description, uri)
		return nil, a.failure
	}
	if status/100 == 3 {
		return nil, a.bad("a redirect, which is not followed: check the token endpoint's address")
	}
	if !wire.Succeeded(status) {
		a.keep()
		return nil, a.bad("%s instead of an OAuth2 error", wire.ContentKind(a.header))
	}
	if parsed != nil {
		return nil, a.bad("%s that is no JSON object of a token", wire.ContentKind(a.header))
	}
	return a.token(issued)
}

// keep shows what came in place of an error of OAuth2.
func (a *answer) keep() {
	said := wire.ParseErrorBody(a.body)
	a.failure.Description, a.failure.TraceID = said.Text, said.CorrelationID
	a.failure.ContentType = a.header.Get("Content-Type")
	a.failure.Body = string(a.body[:min(len(a.body), wire.KeptErrorBody)])
}

func (a *answer) bad(format string, args ...any) error {
	a.failure.Err = fmt.Errorf("%w: %s", errtext.ErrBadAnswer, fmt.Sprintf(format, args...))
	return a.failure
}

// text is the text of a member, or why it isn't one. Of a member that isn't there,
// or is null, it is empty.
func (a *answer) text(member string) (string, error) {
	raw, ok := a.members[member]
	if !ok {
		return "", nil
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return "", a.bad("%s is %s", member, kindOf(raw))
	}
	return text, nil
}

// kindOf names what stands where something else was expected, and doesn't show
// it: it may be a token.
func kindOf(raw json.RawMessage) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case 't', 'f':
		return string(raw)
	}
	return "a number"
}

// token checks what the rest of the program will rely on. What else comes in
// another shape than it should costs no good token.
func (a *answer) token(issued time.Time) (*oauth2.Token, error) {
	value, err := a.text("access_token")
	if err != nil {
		return nil, err
	}
	kind, err := a.text("token_type")
	if err != nil {
		return nil, err
	}
	life, err := a.life()
	if err != nil {
		return nil, err
	}
	if value == "" || strings.ContainsFunc(value, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
		return nil, a.bad("no access_token that could be sent")
	}
	if kind != "" && !strings.EqualFold(kind, "Bearer") {
		return nil, a.bad("token_type is %.20q, not Bearer", kind)
	}
	token := &oauth2.Token{AccessToken: value, TokenType: "Bearer", Expiry: issued.Add(life).Round(0), ExpiresIn: int64(life / time.Second)}
	return token.WithExtra(map[string]any{"scope": a.scope()}), nil
}

// life is how long the token lives. Nothing, or an empty text, says nothing: it
// is taken for half of the service's default. More than a day is a mistake that
// would keep a token for ever.
func (a *answer) life() (time.Duration, error) {
	raw := a.members["expires_in"]
	number := string(raw)
	if text := ""; json.Unmarshal(raw, &text) == nil {
		number = strings.TrimSpace(text)
	}
	if number == "" {
		return time.Minute, nil
	}
	seconds, err := strconv.ParseFloat(number, 64)
	if err != nil && (raw[0] == '{' || raw[0] == '[') {
		return 0, a.bad("expires_in is %s", kindOf(raw))
	}
	if err != nil || !(seconds >= 1 && seconds <= (24*time.Hour).Seconds()) {
		return 0, a.bad("expires_in is %.20q", number)
	}
	return time.Duration(seconds) * time.Second, nil
}

// scope is what the token is for. RFC 6749 wants a text; a list says the same.
func (a *answer) scope() string {
	raw := a.members["scope"]
	var text string
	if len(raw) == 0 || json.Unmarshal(raw, &text) == nil {
		return text
	}
	var list []string
	_ = json.Unmarshal(raw, &list)
	return strings.Join(list, " ")
}
