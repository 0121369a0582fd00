package maskinporten

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/go-retryablehttp"
)

// operation describes one call of the self-service API.
type operation struct {
	name   string     // "Scopes.Create": for errors and logs
	method string     // of HTTP
	path   []string   // segments below the base, as they are; checked and escaped one by one
	query  url.Values // escaped on sending
	body   any        // nil: none; else JSON
	scopes []string   // token scopes that allow it, least first; none: an open call
	base   apiBase
}

// apiBase is where paths begin.
type apiBase int

const (
	apiV1     apiBase = iota
	apiPortal         // what only a test double serves
)

// apiCaller sends calls. It is the only place that builds and sends a request
// to the self-service API; the links of the chain are, outermost first: scope
// (which token), retry, authentication, the caller's http.Client.
type apiCaller struct {
	settings *settings
	scopes   *scopeChooser
	http     *http.Client // adds the token to each attempt
}

func newAPICaller(s *settings, auth *Authenticator) *apiCaller {
	a := &apiCaller{settings: s, http: &http.Client{}}
	*a.http = *s.http
	base := s.http.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	a.http.Transport = &attemptTransport{base: base}
	if auth != nil {
		a.scopes = newScopeChooser(auth)
	}
	return a
}

// send makes the call, as often as it takes, and returns an answer with a
// status of 2xx, or an error. With whole, the answer's body is read as a part
// of each attempt.
func (a *apiCaller) send(ctx context.Context, op operation, whole bool) (*http.Response, *attempts, error) {
	tries := &attempts{settings: a.settings, op: op, started: time.Now()}
	request, err := a.request(context.WithValue(ctx, attemptsKey{}, tries), op)
	if err != nil {
		return nil, nil, err
	}
	tries.path = request.URL.EscapedPath()
	if whole {
		request.SetResponseHandler(tries.receive)
	}
	if len(op.scopes) > 0 && a.scopes != nil {
		if tries.source, tries.noToken = a.scopes.choose(ctx, op.scopes); tries.noToken != nil {
			return nil, nil, tries.failed(ctx, nil, tries.noToken)
		}
	}
	tries.client.HTTPClient, tries.client.RetryMax = a.http, a.settings.attempts
	tries.client.CheckRetry, tries.client.Backoff = checkAttempt, tries.backoff
	tries.client.ErrorHandler = retryablehttp.PassthroughErrorHandler
	resp, err := tries.client.Do(request)
	if err != nil {
		return nil, nil, tries.failed(ctx, resp, err)
	}
	if !succeeded(resp.StatusCode) && !tries.removedBefore(resp.StatusCode) {
		defer finish(resp)
		return nil, nil, tries.refused(ctx, resp)
	}
	tries.status, tries.header = resp.StatusCode, resp.Header
	return resp, tries, nil
}

// request builds the request, which is the same for every attempt.
func (a *apiCaller) request(ctx context.Context, op operation) (*retryablehttp.Request, error) {
	address, err := a.address(op)
	if err != nil {
		return nil, err
	}
	var body any // an untyped nil is retryablehttp's "no body"
	if op.body != nil {
		encoded, err := encode(op.name, op.body)
		if err != nil {
			return nil, err
		}
		body = encoded
	}
	request, err := retryablehttp.NewRequestWithContext(ctx, op.method, address, body)
	if err != nil {
		return nil, wrap(op.name, err)
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", a.settings.userAgent)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, nil
}

// encode makes a body, and names the call where an argument is at fault.
func encode(operationName string, body any) ([]byte, error) {
	encoded, err := json.Marshal(body)
	if err == nil {
		return encoded, nil
	}
	if problem, ok := errors.AsType[*ArgumentError](err); ok {
		return nil, invalidArgument(operationName, problem.Argument, problem.Problem)
	}
	return nil, invalidArgument(operationName, "body", "cannot be encoded: "+err.Error())
}

// address joins base and path without cleaning, so that a segment stays what
// it is.
func (a *apiCaller) address(op operation) (string, error) {
	base := a.settings.target.API
	if op.base == apiPortal {
		if base = a.settings.target.Portal; base == "" {
			return "", wrap(op.name+": the service has no such call; it is done on the web, at https://samarbeid.digdir.no", errors.ErrUnsupported)
		}
	}
	query, size := op.query.Encode(), len(base)+1
	for _, segment := range op.path {
		size += 1 + len(segment)
	}
	var address strings.Builder
	address.Grow(size + len(query))
	address.WriteString(strings.TrimRight(base, "/"))
	for _, segment := range op.path {
		if err := checkSegment(op.name, "path segment", segment); err != nil {
			return "", err
		}
		address.WriteByte('/')
		address.WriteString(url.PathEscape(segment))
	}
	if query != "" {
		address.WriteByte('?')
		address.WriteString(query)
	}
	return address.String(), nil
}

// checkSegment refuses what would bend a path, or name nothing.
func checkSegment(operationName, argument, segment string) error {
	switch {
	case segment == "":
		return invalidArgument(operationName, argument, "is empty")
	case segment == "." || segment == "..":
		return invalidArgument(operationName, argument, fmt.Sprintf("%q would change the path", segment))
	case len(segment) > 1000:
		return invalidArgument(operationName, argument, "is longer than 1000 bytes")
	case !utf8.ValidString(segment) || strings.ContainsFunc(segment, unicode.IsControl):
		return invalidArgument(operationName, argument, fmt.Sprintf("%.80q holds characters that no identifier has", segment))
	}
	return nil
}

// call makes a call that answers one object. PUT and DELETE may answer nothing
// at all, which gives a zero object.
func call[T any](ctx context.Context, c *Client, op operation) (*T, error) {
	tries, err := c.api.read(ctx, op)
	if err != nil {
		return nil, err
	}
	value := new(T)
	if !tries.empty() || op.method != http.MethodPut && op.method != http.MethodDelete {
		if err := tries.decode(ctx, value); err != nil {
			return nil, err
		}
	}
	tries.log(ctx, tries.status, nil)
	return value, nil
}

// callNothing makes a call whose answer doesn't matter.
func callNothing(ctx context.Context, c *Client, op operation) error {
	tries, err := c.api.read(ctx, op)
	if err == nil {
		tries.log(ctx, tries.status, nil)
	}
	return err
}

// read makes a call and keeps the whole body of the answer.
func (a *apiCaller) read(ctx context.Context, op operation) (*attempts, error) {
	resp, tries, err := a.send(ctx, op, true)
	if err != nil {
		return nil, err
	}
	if succeeded(resp.StatusCode) {
		_ = resp.Body.Close() // it was read to its end
	} else {
		finish(resp)
	}
	return tries, nil
}

// maxObject bounds the answer for one object; real ones are some KiB.
const maxObject = 8 << 20

// tooLarge is the error of an answer with more bytes than are read.
type tooLarge int64

func (e tooLarge) Error() string        { return fmt.Sprintf("it is larger than %d bytes", int64(e)) }
func (e tooLarge) Is(target error) bool { return target == ErrBadAnswer }

// readBody reads with a buffer of the announced size, as far as that can be
// believed.
func readBody(resp *http.Response, limit int64) ([]byte, error) {
	announced := resp.ContentLength
	if announced < 0 {
		announced = 511
	}
	body := make([]byte, 0, min(announced, 1<<20)+1) // one more, to see the end
	for {
		n, err := resp.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case int64(len(body)) > limit:
			return nil, tooLarge(limit)
		case errors.Is(err, io.EOF):
			return body, nil
		case err != nil:
			return nil, err
		case len(body) == cap(body):
			body = slices.Grow(body, len(body))
		}
	}
}

// empty reports whether the answer holds nothing.
func (a *attempts) empty() bool { return len(bytes.TrimSpace(a.body)) == 0 }

// unmarshal is json.Unmarshal, without its two looks at all of the text before
// it asks a type that decodes itself: ours check it as a part of that.
func unmarshal(data []byte, value any) error {
	if own, ok := value.(json.Unmarshaler); ok {
		return own.UnmarshalJSON(data)
	}
	return json.Unmarshal(data, value)
}

// decode reads one object from the answer, and takes an error that came with
// a status of 2xx for what it is.
func (a *attempts) decode(ctx context.Context, value any) error {
	err := a.asSuccess(a.body)
	switch trimmed := bytes.TrimSpace(a.body); {
	case len(trimmed) == 0:
		err = errors.New("the body is empty")
	case trimmed[0] != '{':
		err = errors.New("an object was expected")
	case err == nil:
		err = withColons(unmarshal(trimmed, value), trimmed, value)
	}
	if err != nil {
		return a.misunderstood(ctx, err)
	}
	return nil
}
