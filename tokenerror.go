package maskinporten

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/retry"
	"golang.org/x/oauth2"
)

// Refusals of the token endpoint to compare with [errors.Is].
var (
	// ErrClientNotFound: MP-100.
	ErrClientNotFound = errors.New("maskinporten: client not found")
	// ErrUnknownKey: the client has no such key, or not yet.
	ErrUnknownKey = errors.New("maskinporten: unknown key")
	// ErrKeyExpired: MP-121.
	ErrKeyExpired = errors.New("maskinporten: key expired")
	// ErrScopeNotRegistered: MP-200.
	ErrScopeNotRegistered = errors.New("maskinporten: scope not registered on the client")
	// ErrAccessNotGranted: MP-250.
	ErrAccessNotGranted = errors.New("maskinporten: access not granted")
	// ErrNotDelegated: MP-251.
	ErrNotDelegated = errors.New("maskinporten: access not delegated")
)

// TokenError is a refusal or failure of the token endpoint (RFC 6749, 5.2).
// [errors.As] finds an [*oauth2.RetrieveError] in it.
type TokenError struct {
	// ClientID is the client that asked.
	ClientID string
	// StatusCode is the HTTP status, 0 when there was no answer.
	StatusCode int
	// Code is the OAuth2 error, such as "invalid_grant".
	Code string
	// Description is the service's text, without the trace id.
	Description string
	// MP is Maskinporten's own code, such as "MP-250"; empty where it has
	// none.
	MP string
	// TraceID finds the request in the service's logs; quote it to Digdir.
	TraceID string
	// URI is where the service explains the error.
	URI string
	// Attempts counts how many grants were sent.
	Attempts int
	// RetryAfter is how long the service asked to wait, 0 if it didn't.
	RetryAfter time.Duration
	// Err is the reason when the failure was not a refusal: a network error,
	// [ErrBadAnswer], the end of the time that a request may take.
	Err error

	brokeOff bool // the answer began, and didn't end
}

// What is only needed for refusals is compiled for the first one: importing the
// package costs a program's start nothing.
var (
	tracePattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)\s*\((?:trace|correlation)[_ -]?id:\s*([0-9A-Za-z-]{1,64})\)\s*$`)
	})
	mpPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\bMP-\d{3}\b`) })
)

// say takes over what the token endpoint answered.
func (e *TokenError) say(code, description, uri string) {
	e.Code, e.Description, e.URI = code, description, uri
	if match := tracePattern().FindStringSubmatch(description); match != nil {
		e.TraceID = match[1]
		e.Description = strings.TrimSuffix(description, match[0])
	}
	if e.MP = mpPattern().FindString(uri); e.MP == "" {
		e.MP = mpPattern().FindString(description)
	}
}

// Error is one line: what the service said, and what to do about it.
func (e *TokenError) Error() string {
	parts := []string{"no token for client " + e.ClientID}
	if e.StatusCode != 0 {
		parts = append(parts, strconv.Itoa(e.StatusCode))
	}
	return errtext.Sentence(append(parts, e.MP, e.Code, e.Description), e.Err, errtext.Details(e.TraceID, "trace id", e.Attempts), e.Remedy())
}

// Is matches the sentinels of this package: by the refusal's code, else by its
// text, since real ones come without a code and in more than one wording.
func (e *TokenError) Is(target error) bool {
	if target == ErrUnavailable {
		return e.brokeOff || unavailable(e.StatusCode)
	}
	known := e.known()
	return known != nil && known.sentinel != nil && known.sentinel == target
}

// Unwrap returns Err.
func (e *TokenError) Unwrap() error { return e.Err }

// As makes an [*oauth2.RetrieveError] of it, for code that is written for
// x/oauth2. Its Body is nil.
func (e *TokenError) As(target any) bool {
	to, ok := target.(**oauth2.RetrieveError)
	if !ok || e.StatusCode == 0 {
		return false
	}
	*to = &oauth2.RetrieveError{
		Response: &http.Response{
			StatusCode: e.StatusCode, Status: fmt.Sprintf("%d %s", e.StatusCode, http.StatusText(e.StatusCode)), Body: http.NoBody,
		},
		ErrorCode:        e.Code,
		ErrorDescription: e.Description,
		ErrorURI:         e.URI,
	}
	return true
}

// LogValue gives the error to slog as a group.
func (e *TokenError) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("client_id", e.ClientID),
		slog.Int("status", e.StatusCode),
		slog.String("error", e.Code),
		slog.String("mp", e.MP),
		slog.String("description", errtext.OneLine(e.Description)),
		slog.String("reason", errtext.Reason(e.Err)),
		slog.String("trace_id", e.TraceID),
		slog.Int("attempts", e.Attempts),
	)
}

// mayPass reports whether the next grant may fare better.
func (e *TokenError) mayPass() bool {
	if e.StatusCode == 0 || e.brokeOff {
		return !retry.IsPermanent(e.Err)
	}
	return retry.IsTransient(e.StatusCode)
}

// refusedForTimes reports whether the grant's iat or exp was at fault, as a
// wrong clock makes them.
func (e *TokenError) refusedForTimes() bool {
	known := e.known()
	return known != nil && known.clock
}
