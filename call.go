package maskinporten

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/transport"
	"github.com/maskinporten-go/maskinporten/internal/wire"
	"golang.org/x/oauth2"
)

// operation describes one call of the self-service API.
type operation = transport.Operation

// caller is the one way from a service to the wire. The transport makes the
// calls; here they get the types that callers know.
type caller struct {
	transport        *transport.Transport
	log              *slog.Logger
	portal           string // where merchant data are, if anywhere
	withoutPreflight bool
	warned           sync.Map // names of members that have had their warning
}

func newCaller(s *settings, auth *Authenticator) *caller {
	config := transport.Config{
		API: s.target.API, Portal: s.target.Portal, HTTP: s.http, UserAgent: s.userAgent,
		Attempts: s.attempts, Backoff: s.backoff, Log: s.log, Now: s.clock.Corrected, Error: callError, Begin: s.observer.begin(s.log),
	}
	if s.limiter != nil {
		config.Limit = s.limiter.Wait
	}
	if auth != nil {
		config.ClientID = auth.ClientID
		config.NotRegistered = func(err error) bool { return errors.Is(err, ErrScopeNotRegistered) }
		config.Source = func(scope string) transport.Source {
			return scopeSource{newTokenSource(auth, TokenRequest{Scopes: []string{scope}})}
		}
	}
	return &caller{transport: transport.New(config), log: s.log, portal: s.target.Portal, withoutPreflight: s.withoutPreflight}
}

func (c *caller) checkScopeName(operationName, scope string) error {
	return checkScopeName(operationName, scope, c.withoutPreflight)
}

func (c *caller) checkPrefix(operationName, prefix string) error {
	return checkPrefix(operationName, prefix, c.withoutPreflight)
}

// scopeSource gives the tokens of calls.
type scopeSource struct{ source *tokenSource }

func (s scopeSource) Token(ctx context.Context) (*oauth2.Token, error) { return s.source.token(ctx) }
func (s scopeSource) Forget(token *oauth2.Token) bool                  { return s.source.forget(token) }

// do makes a call that answers one object. PUT and DELETE may answer nothing
// at all, which gives a zero object.
func do[T any](ctx context.Context, c *caller, op operation) (*T, error) {
	value := new(T)
	if _, err := c.transport.Object(ctx, &op, value); err != nil {
		return nil, err
	}
	c.warnOddMembers(ctx, value)
	return value, nil
}

// doNothing makes a call whose answer doesn't matter.
func doNothing(ctx context.Context, c *caller, op operation) error {
	_, err := c.transport.Object(ctx, &op)
	return err
}

// warnOddMembers warns, once each, of members that the service now gives another
// type than this version expects: their fields are zero.
func (c *caller) warnOddMembers(ctx context.Context, value any) {
	for _, member := range wire.OddMembers(value) {
		place := fmt.Sprintf("%T.%s", value, member)
		if _, already := c.warned.LoadOrStore(place, true); !already {
			c.log.WarnContext(ctx, "maskinporten: the service gives a member another type than expected; it is found in Extra",
				slog.String("type", strings.TrimPrefix(fmt.Sprintf("%T", value), "*")), slog.String("member", member))
		}
	}
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
		elements, err := c.transport.List(ctx, &op)
		if err != nil {
			yield(nil, err)
			return
		}
		for elements.Next() {
			value, err := element(ctx, c, elements, convert)
			if err != nil && elements.Ended() {
				break
			}
			if err != nil {
				err = elements.Nonsense(err)
			}
			if !yield(value, err) {
				_ = elements.Close() // left before its end
				return
			}
		}
		if err := elements.Close(); err != nil {
			yield(nil, err)
		}
	}
}

// element decodes the next element of a list.
func element[F, T any](ctx context.Context, c *caller, elements *transport.List, convert func(*F, []byte) (*T, error)) (*T, error) {
	fields := new(F)
	switch err := elements.Decode(fields); {
	case err == nil && elements.Text()[0] != 'n': // null has no fields
		return convert(fields, elements.Text())
	case elements.Ended():
		return nil, err
	}
	value := new(T)
	if err := elements.DecodeOdd(value); err != nil {
		return nil, err
	}
	c.warnOddMembers(ctx, value)
	return value, nil
}

// update reads an object, lets change work on it and puts it back whole. What
// is put is the object as it came, with only those members replaced that
// change has changed: whatever this version of the library doesn't know, or
// writes differently, goes back as it was. When nothing was changed, nothing
// is sent.
func update[T any](ctx context.Context, c *caller, get, put operation, change func(*T) error) (*T, error) {
	value, whole := new(T), map[string]json.RawMessage{}
	if _, err := c.transport.Object(ctx, &get, value, &whole); err != nil {
		return nil, err
	}
	c.warnOddMembers(ctx, value)
	before, err := encodeMembers(put.Name, value)
	if err != nil {
		return nil, err
	}
	if err := change(value); err != nil {
		return nil, err
	}
	after, err := encodeMembers(put.Name, value)
	if err != nil {
		return nil, err
	}
	if !wire.Overlay(whole, before, after) {
		return value, nil
	}
	put.Body = whole
	written := new(T)
	answered, err := c.transport.Object(ctx, &put, written)
	if err != nil {
		return nil, err
	}
	if !answered {
		return value, nil
	}
	return written, nil
}

func encodeMembers(operationName string, value any) (map[string]json.RawMessage, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, encodeError(operationName, err)
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

// Collect makes a slice of an iterator: of all elements that could be read. The
// error is the first that came.
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

// callError makes of a failed call the error that callers know.
func callError(f *transport.Failure) error {
	switch {
	case f.Kind == transport.OfArgument:
		return encodeError(f.Operation, f.Err)
	case f.Kind == transport.OfToken && (!f.Interrupted || isTokenError(f.Err)):
		return errtext.Wrap(f.Operation, f.Err)
	case f.Kind == transport.OfToken:
		f = f.InTheEnd()
	}
	failure := &APIError{
		Operation: f.Operation, Method: f.Method, Path: f.Path, StatusCode: f.StatusCode, Attempts: f.Attempts,
		CorrelationID: f.Said.CorrelationID, Description: f.Said.Text, Code: f.Said.Code, Timestamp: f.Said.Timestamp, RetryAfter: f.RetryAfter,
		ContentType: f.ContentType, Body: f.Body, Err: f.Err,
		outcomeUnknown: f.OutcomeUnknown, brokeOff: f.BrokeOff, interrupted: f.Interrupted,
	}
	for _, complaint := range f.Said.Complaints {
		failure.Fields = append(failure.Fields, FieldError(complaint))
	}
	return failure
}

// isTokenError reports whether the token endpoint is why a call failed.
func isTokenError(err error) bool {
	_, ok := errors.AsType[*TokenError](err)
	return ok
}

// encodeError names the call where an argument can't be sent.
func encodeError(operationName string, err error) error {
	if problem, ok := errors.AsType[*ArgumentError](err); ok {
		return invalidArgument(operationName, problem.Argument, problem.Problem)
	}
	if errors.Is(err, ErrInvalidArgument) {
		return err
	}
	return invalidArgument(operationName, "body", "cannot be encoded: "+err.Error())
}
