package wire

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

const (
	maxErrorBody = 256 << 10
	// KeptErrorBody is how much of a body that makes no sense is kept.
	KeptErrorBody = 1 << 10
	// noneText is what the service says instead of answering an empty list.
	noneText = "does not have any"
)

// Complaint is one of the service's about what was sent.
type Complaint struct {
	Message string `json:"errorMessage"`
	IsField bool   `json:"isFieldError"`
	Object  string `json:"objectName"`
	Field   string `json:"fieldIdentifier"`
}

// ErrorBody is what the body of a refusal says.
type ErrorBody struct {
	CorrelationID string
	Timestamp     time.Time
	Complaints    []Complaint
	Text          string
	// Code is the member error, where it says something else than Text.
	Code string
}

// ReadErrorBody reads the body of an error. A body that is cut or endless
// counts as far as it goes: the status says enough. The secret is taken out.
func ReadErrorBody(from io.Reader, secret string) (ErrorBody, []byte) {
	body, _ := io.ReadAll(io.LimitReader(from, maxErrorBody))
	body = Hide(body, secret)
	return ParseErrorBody(body), body
}

// ParseErrorBody reads what can be read: services, gateways and frameworks
// differ. It takes the service's own form, problem details (RFC 9457), Spring's,
// a bare list, and a short text.
func ParseErrorBody(body []byte) ErrorBody {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return ErrorBody{}
	}
	switch body[0] {
	case '{':
		return parseErrorObject(body)
	case '[':
		return ErrorBody{Complaints: parseComplaints(body)}
	case '"':
		var text string
		_ = json.Unmarshal(body, &text) // what can't be read is nothing
		return ErrorBody{Text: errtext.OneLine(text)}
	}
	return ErrorBody{Text: shortText(body)}
}

func parseErrorObject(body []byte) ErrorBody {
	var members map[string]any
	if json.Unmarshal(body, &members) != nil {
		return ErrorBody{}
	}
	text := func(name string) string {
		s, _ := members[name].(string)
		return errtext.OneLine(strings.TrimPrefix(s, ", "))
	}
	var e ErrorBody
	e.CorrelationID = text("correlation_id")
	e.Timestamp, _ = time.Parse(time.RFC3339, text("timestamp"))
	if list, err := json.Marshal(members["errors"]); err == nil {
		e.Complaints = parseComplaints(list)
	}
	e.Text = cmp.Or(text("error_description"), text("detail"), text("message"), text("error"), text("title"))
	if code := text("error"); code != e.Text {
		e.Code = code
	}
	return e
}

// parseComplaints reads a list of complaints, or of texts, and leaves out the rest.
func parseComplaints(list []byte) []Complaint {
	var elements []json.RawMessage
	if json.Unmarshal(list, &elements) != nil {
		return nil
	}
	var complaints []Complaint
	for _, element := range elements {
		var complaint Complaint
		if json.Unmarshal(element, &complaint.Message) != nil && json.Unmarshal(element, &complaint) != nil {
			continue
		}
		if complaint != (Complaint{}) {
			complaints = append(complaints, complaint)
		}
	}
	return complaints
}

// longestShortText is what one writes by hand; more is a page.
const longestShortText = 300

// shortText is a body that is no JSON, if it is a line or two for people.
func shortText(body []byte) string {
	if len(body) > longestShortText || !utf8.Valid(body) || body[0] == '<' ||
		bytes.ContainsFunc(body, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }) {
		return ""
	}
	return errtext.OneLine(string(body))
}

// HasMessage reports whether there is anything to tell.
func (e ErrorBody) HasMessage() bool { return e.Text != "" || len(e.Complaints) > 0 }

// message is what the service says, in one text.
func (e ErrorBody) message() string {
	if e.Text == "" && len(e.Complaints) > 0 {
		return e.Complaints[0].Message
	}
	return e.Text
}

// SaysNone reports whether the service only says that a list is empty.
func (e ErrorBody) SaysNone() bool {
	return strings.Contains(e.Text, noneText) ||
		slices.ContainsFunc(e.Complaints, func(c Complaint) bool { return strings.Contains(c.Message, noneText) })
}

// ErrorAsSuccess finds an error that came with a status of 2xx.
func ErrorAsSuccess(body []byte, secret string) error {
	if !bytes.Contains(body, []byte(`"error`)) {
		return nil
	}
	found := ParseErrorBody(Hide(body, secret))
	if !found.HasMessage() {
		return nil
	}
	return fmt.Errorf("an error came as a success: %s", found.message())
}
