package maskinporten

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/wire"
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

// caller sends calls. It is the only place that builds and sends a request
// to the self-service API; the links of the chain are, outermost first: scope
// (which token), retry, authentication, the caller's http.Client.
type caller struct {
	settings *settings
	scopes   *scopeChooser
	http     *http.Client // adds the token to each attempt
	odd      sync.Map     // members of unexpected types that were told of
}

func newCaller(s *settings, auth *Authenticator) *caller {
	a := &caller{settings: s, http: &http.Client{}}
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
func (c *caller) send(ctx context.Context, op operation, whole bool) (*http.Response, *attempts, error) {
	tries := &attempts{settings: c.settings, op: op, started: time.Now()}
	request, err := c.request(context.WithValue(ctx, attemptsKey{}, tries), op)
	if err != nil {
		return nil, nil, err
	}
	tries.path = request.URL.EscapedPath()
	if whole {
		request.SetResponseHandler(tries.receive)
	}
	if len(op.scopes) > 0 && c.scopes != nil {
		if tries.source, tries.noToken = c.scopes.choose(ctx, op.scopes); tries.noToken != nil {
			return nil, nil, tries.failed(ctx, nil, tries.noToken)
		}
	}
	tries.client.HTTPClient, tries.client.RetryMax = c.http, c.settings.attempts
	tries.client.CheckRetry, tries.client.Backoff = checkAttempt, tries.backoff
	tries.client.ErrorHandler = retryablehttp.PassthroughErrorHandler
	resp, err := tries.client.Do(request)
	if err != nil {
		return nil, nil, tries.failed(ctx, resp, err)
	}
	if !wire.Succeeded(resp.StatusCode) && !tries.removedBefore(resp.StatusCode) {
		defer wire.DrainAndClose(resp)
		return nil, nil, tries.refused(ctx, resp)
	}
	tries.status, tries.header = resp.StatusCode, resp.Header
	return resp, tries, nil
}

// request builds the request, which is the same for every attempt.
func (c *caller) request(ctx context.Context, op operation) (*retryablehttp.Request, error) {
	address, err := c.address(op)
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
		return nil, errtext.Wrap(op.name, err)
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", c.settings.userAgent)
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
func (c *caller) address(op operation) (string, error) {
	base := c.settings.target.API
	if op.base == apiPortal {
		if base = c.settings.target.Portal; base == "" {
			return "", errtext.Wrap(op.name+": the service has no such call; it is done on the web, at https://samarbeid.digdir.no", errors.ErrUnsupported)
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

// do makes a call that answers one object. PUT and DELETE may answer nothing
// at all, which gives a zero object.
func do[T any](ctx context.Context, c *caller, op operation) (*T, error) {
	tries, err := c.read(ctx, op)
	if err != nil {
		return nil, err
	}
	value := new(T)
	if !tries.empty() || op.method != http.MethodPut && op.method != http.MethodDelete {
		if err := tries.decode(ctx, value); err != nil {
			return nil, err
		}
	}
	c.tellOdd(ctx, value)
	tries.log(ctx, tries.status, nil)
	return value, nil
}

// tellOdd warns, once each, of members that the service now gives another type
// than this version expects: their fields are zero.
func (c *caller) tellOdd(ctx context.Context, value any) {
	for _, member := range wire.OddMembers(value) {
		place := fmt.Sprintf("%T.%s", value, member)
		if _, told := c.odd.LoadOrStore(place, true); !told {
			c.settings.log.WarnContext(ctx, "maskinporten: the service gives a member another type than expected; it is found in Extra",
				slog.String("type", strings.TrimPrefix(fmt.Sprintf("%T", value), "*")), slog.String("member", member))
		}
	}
}

// doNothing makes a call whose answer doesn't matter.
func doNothing(ctx context.Context, c *caller, op operation) error {
	tries, err := c.read(ctx, op)
	if err == nil {
		tries.log(ctx, tries.status, nil)
	}
	return err
}

// read makes a call and keeps the whole body of the answer.
func (c *caller) read(ctx context.Context, op operation) (*attempts, error) {
	resp, tries, err := c.send(ctx, op, true)
	if err != nil {
		return nil, err
	}
	if wire.Succeeded(resp.StatusCode) {
		_ = resp.Body.Close() // it was read to its end
	} else {
		wire.DrainAndClose(resp)
	}
	return tries, nil
}

// Collect makes a slice of an iterator: of everything that came, also after an
// element that made no sense. The error is that of the first.
func Collect[T any](sequence iter.Seq2[T, error]) ([]T, error) {
	var all []T
	var first error
	for value, err := range sequence {
		if err == nil {
			all = append(all, value)
		} else if first == nil {
			first = err
		}
	}
	return all, first
}

// list makes a call that answers a list, and decodes it as it is read: the
// elements needn't all fit into memory. Each use of the iterator is a call of
// its own; break ends the reading. An error of the call is yielded once and
// ends it. An element that makes no sense is an error of its own, after which
// the list goes on.
func list[T any](ctx context.Context, c *caller, op operation) iter.Seq2[*T, error] {
	return listAs(ctx, c, op, func(value *T, _ []byte) (*T, error) { return value, nil })
}

// listAs is list for types whose own decoding is expensive: elements are
// decoded into F, which has the same fields and no methods, and convert makes
// of each, and of the text that it came in, what callers know. So long lists
// are spared the second look at each element that Extra costs. It is taken only
// at an element that has a member of an unexpected type.
func listAs[F, T any](ctx context.Context, c *caller, op operation, convert func(fields *F, text []byte) (*T, error)) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		resp, tries, err := c.send(ctx, op, false)
		if err != nil {
			if !isEmptyList(err) {
				yield(nil, err)
			}
			return
		}
		defer wire.DrainAndClose(resp)
		elements := wire.NewList(ctx, resp, tries.secret())
		var fields *F // once for all elements: it escapes
		for elements.Next() {
			value, err := element(ctx, c, elements, &fields, convert)
			if err != nil && elements.Ended() {
				break
			}
			if err != nil {
				err = tries.nonsense(err)
			}
			if !yield(value, err) {
				return
			}
		}
		if err, brokeOff := elements.Err(); brokeOff {
			yield(nil, tries.brokeOff(ctx, err))
		} else if err != nil {
			yield(nil, tries.misunderstood(ctx, err))
		} else {
			tries.log(ctx, tries.status, nil)
		}
	}
}

// element decodes the next element of a list.
func element[F, T any](ctx context.Context, c *caller, elements *wire.List, fields **F, convert func(*F, []byte) (*T, error)) (*T, error) {
	*fields = nil
	switch err := elements.Decode(fields); {
	case err == nil && *fields != nil:
		return convert(*fields, elements.Text())
	case elements.Ended():
		return nil, err
	}
	value := new(T)
	if err := elements.DecodeOdd(value); err != nil {
		return nil, err
	}
	c.tellOdd(ctx, value)
	return value, nil
}

// isEmptyList reports whether an error only means that a list has no
// elements. Refusals of the token never do, whatever their words.
func isEmptyList(err error) bool {
	refusal, ok := errors.AsType[*APIError](err)
	return ok && refusal.saysNone && refusal.StatusCode >= 400 && refusal.StatusCode < 500 &&
		refusal.StatusCode != http.StatusUnauthorized && refusal.StatusCode != http.StatusForbidden
}

// update reads an object, lets change work on it and puts it back whole. What
// is put is the object as it came, with only those members replaced that
// change has changed: whatever this version of the library doesn't know, or
// writes differently, goes back as it was. When nothing was changed, nothing
// is sent.
func update[T any](ctx context.Context, c *caller, get, put operation, change func(*T) error) (*T, error) {
	read, err := c.read(ctx, get)
	if err != nil {
		return nil, err
	}
	value, whole := new(T), map[string]json.RawMessage{}
	err = read.decode(ctx, value)
	if err == nil {
		err = read.decode(ctx, &whole)
	}
	if err != nil {
		return nil, err
	}
	c.tellOdd(ctx, value)
	read.log(ctx, read.status, nil)
	before, err := encodeMembers(put.name, value)
	if err != nil {
		return nil, err
	}
	if err := change(value); err != nil {
		return nil, err
	}
	after, err := encodeMembers(put.name, value)
	if err != nil {
		return nil, err
	}
	if !wire.Overlay(whole, before, after) {
		return value, nil
	}
	put.body = whole
	written, err := c.read(ctx, put)
	if err != nil {
		return nil, err
	}
	if !written.empty() {
		value = new(T)
		if err := written.decode(ctx, value); err != nil {
			return nil, err
		}
	}
	written.log(ctx, written.status, nil)
	return value, nil
}

func encodeMembers(operationName string, value any) (map[string]json.RawMessage, error) {
	data, err := encode(operationName, value)
	if err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	return members, json.Unmarshal(data, &members)
}

// setTrue sets a parameter only when it is wanted: services differ in what
// they take an explicit false for.
func setTrue(query url.Values, parameter string, wanted bool) {
	if wanted {
		query.Set(parameter, strconv.FormatBool(wanted))
	}
}

// failed is the iterator of a call that cannot be made.
func failed[T any](err error) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) { yield(nil, err) }
}
