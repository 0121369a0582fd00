package restapi

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// errorAnswer is the body of every error. error and error_description are
// both made of the messages, each with a comma before it.
type errorAnswer struct {
	Status        int          `json:"status"`
	Timestamp     string       `json:"timestamp"`
	CorrelationID string       `json:"correlation_id"`
	Errors        []fieldError `json:"errors"`
	Error         string       `json:"error"`
	Description   string       `json:"error_description"`
}

type fieldError struct {
	Message string `json:"errorMessage"`
	IsField bool   `json:"isFieldError"`
	Object  string `json:"objectName,omitzero"`
	Field   string `json:"fieldIdentifier,omitzero"`
}

// timestampFormat has nine digits of a second, always.
const timestampFormat = "2006-01-02T15:04:05.000000000Z"

// httpError is a refusal by the API itself, before the registry is asked.
type httpError struct {
	status     int
	message    string
	unexpected bool // see [Outcome]
}

func (e *httpError) Error() string { return e.message }

// refuse is for calls that don't exist, and requests that make no sense.
func refuse(status int, message string) error { return &httpError{status, message, true} }

// statusOf is the status of an error of the registry or of this package.
func statusOf(err error) int {
	if refusal, ok := errors.AsType[*httpError](err); ok {
		return refusal.status
	}
	refusal, ok := errors.AsType[*registry.Error](err)
	if !ok {
		return http.StatusInternalServerError
	}
	switch refusal.Kind {
	case registry.Invalid:
		return http.StatusBadRequest
	case registry.Forbidden:
		return http.StatusForbidden
	case registry.NotFound:
		return http.StatusNotFound
	case registry.Conflict:
		return http.StatusConflict
	}
	return http.StatusInternalServerError
}

// assumption says which refusal wasn't made.
func assumption(err error) string { return strconv.Itoa(statusOf(err)) + ": " + err.Error() }

func newErrorAnswer(err error, now time.Time, id string) errorAnswer {
	detail := fieldError{Message: err.Error()}
	if refusal, ok := errors.AsType[*registry.Error](err); ok {
		detail.Object, detail.Field, detail.IsField = refusal.Object, refusal.Field, refusal.Field != ""
	}
	text := ", " + detail.Message
	return errorAnswer{
		Status: statusOf(err), Timestamp: now.UTC().Format(timestampFormat), CorrelationID: strings.ReplaceAll(id, "-", ""),
		Errors: []fieldError{detail}, Error: text, Description: text,
	}
}
