package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

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
	Complaints    []Complaint
	Text          string
}

// ReadErrorBody reads the body of an error. A body that is cut or endless
// counts as far as it goes: the status says enough. The secret is taken out.
func ReadErrorBody(from io.Reader, secret string) (ErrorBody, []byte) {
	body, _ := io.ReadAll(io.LimitReader(from, maxErrorBody))
	body = Hide(body, secret)
	return ParseErrorBody(body), body
}

// ParseErrorBody reads what can be read; services and gateways differ.
func ParseErrorBody(body []byte) ErrorBody {
	var members struct {
		CorrelationID any             `json:"correlation_id"`
		Errors        json.RawMessage `json:"errors"`
		Error         any             `json:"error"`
		Description   any             `json:"error_description"`
		Message       any             `json:"message"`
	}
	if json.Unmarshal(body, &members) != nil {
		return ErrorBody{}
	}
	var e ErrorBody
	e.CorrelationID, _ = members.CorrelationID.(string)
	e.CorrelationID = errtext.OneLine(e.CorrelationID)
	if json.Unmarshal(members.Errors, &e.Complaints) != nil {
		e.Complaints = nil // what isn't a list of errors is none
	}
	for _, text := range []any{members.Description, members.Error, members.Message} {
		if s, ok := text.(string); ok && s != "" {
			e.Text = strings.TrimPrefix(s, ", ")
			break
		}
	}
	return e
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
	if strings.Contains(e.Text, noneText) {
		return true
	}
	for _, complaint := range e.Complaints {
		if strings.Contains(complaint.Message, noneText) {
			return true
		}
	}
	return false
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
