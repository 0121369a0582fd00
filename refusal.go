package maskinporten

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

const (
	maxErrorBody  = 256 << 10
	keptErrorBody = 1 << 10
)

// refusal is the body of an error.
type refusal struct {
	correlationID string
	errors        []FieldError
	text          string
}

// readRefusal reads the body of an error, and tells whether it says what is
// wrong. A body that is cut or endless counts as far as it goes: the status
// says enough.
func (a *attempts) readRefusal(resp *http.Response) (refusal, []byte) {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	body = a.hideToken(body)
	return parseRefusal(body), body
}

func (a *attempts) hideToken(body []byte) []byte {
	if a.token == nil {
		return body
	}
	return hide(body, a.token.AccessToken)
}

// parseRefusal reads what can be read; services and gateways differ.
func parseRefusal(body []byte) refusal {
	var members struct {
		CorrelationID any             `json:"correlation_id"`
		Errors        json.RawMessage `json:"errors"`
		Error         any             `json:"error"`
		Description   any             `json:"error_description"`
		Message       any             `json:"message"`
	}
	if json.Unmarshal(body, &members) != nil {
		return refusal{}
	}
	var r refusal
	r.correlationID, _ = members.CorrelationID.(string)
	r.correlationID = oneLine(r.correlationID)
	if json.Unmarshal(members.Errors, &r.errors) != nil {
		r.errors = nil // what isn't a list of errors is none
	}
	for _, text := range []any{members.Description, members.Error, members.Message} {
		if s, ok := text.(string); ok && s != "" {
			r.text = strings.TrimPrefix(s, ", ")
			break
		}
	}
	return r
}

// says reports whether there is anything to tell.
func (r refusal) says() bool { return r.text != "" || len(r.errors) > 0 }

// words is what the service says, in one text.
func (r refusal) words() string {
	if r.text == "" && len(r.errors) > 0 {
		return r.errors[0].Message
	}
	return r.text
}

// asSuccess finds an error that came with a status of 2xx.
func (a *attempts) asSuccess(body []byte) error {
	if !bytes.Contains(body, []byte(`"error`)) {
		return nil
	}
	refusal := parseRefusal(a.hideToken(body))
	if !refusal.says() {
		return nil
	}
	return fmt.Errorf("an error came as a success: %s", refusal.words())
}

// hide takes a token out of what a service or proxy sends back.
func hide(body []byte, secret string) []byte {
	if secret == "" || !bytes.Contains(body, []byte(secret)) {
		return body
	}
	return bytes.ReplaceAll(body, []byte(secret), []byte("[hidden]"))
}

// contentKind names what came, by its content type.
func contentKind(header http.Header) string {
	media, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	switch media = strings.TrimSpace(strings.ToLower(media)); media {
	case "":
		return "something without a content type"
	case "application/json":
		return "JSON"
	case "text/html":
		return "HTML"
	}
	return fmt.Sprintf("%.60q", media)
}
