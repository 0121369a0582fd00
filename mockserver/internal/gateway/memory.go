package gateway

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/journal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/recorder"
)

// Transport reaches the mock in memory, at the real hosts, and the APIs that
// were handed to Handle. It starts no goroutine and uses no timer.
func (g *Gateway) Transport() http.RoundTripper { return transport{g} }

// Handle lets a handler answer what is asked of the host of an address, below
// its path.
func (g *Gateway) Handle(address string, handler http.Handler) error {
	u, err := parseBase(address)
	if err != nil {
		return err
	}
	if _, real := inMemory().hosts[hostOf(u)]; real || hostOf(u) == PortalHost {
		return fmt.Errorf("%s is one of Maskinporten's addresses, which the mock answers itself", address)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.apis[originOf(u)+strings.TrimRight(u.Path, "/")] = handler
	return nil
}

func originOf(u *url.URL) string {
	return u.Scheme + "://" + strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(u.Host), ":443"), ":80")
}

// handlerFor finds who answers: the mock, or the API with the longest path that
// fits; nil if nobody does.
func (g *Gateway) handlerFor(u *url.URL) http.Handler {
	if _, ok := inMemory().hosts[hostOf(u)]; (ok || hostOf(u) == PortalHost) && u.Scheme == "https" {
		return g.memory
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for path := "/" + strings.Trim(u.Path, "/"); ; path = path[:strings.LastIndexByte(path, '/')] {
		if api := g.apis[originOf(u)+strings.TrimRight(path, "/")]; api != nil {
			return api
		}
		if path == "" {
			return nil
		}
	}
}

type transport struct{ gateway *Gateway }

// RoundTrip answers a request.
func (t transport) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	defer closeBody(r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	handler := t.gateway.handlerFor(r.URL)
	if handler == nil {
		err := fmt.Errorf("%s://%s is not one of Maskinporten's addresses; in memory the mock answers for those, and for what was given to Handle", r.URL.Scheme, r.URL.Host)
		t.gateway.config.Journal.Stray(journal.NewRequest(t.gateway.config.Engine.Clock().Now(), r), err)
		return nil, fmt.Errorf("mockserver: %w", err)
	}
	answer := recorder.New()
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler: // a fault breaks the connection
			resp, err = brokenOff(answer, r) //nolint:bodyclose // the caller closes it
		default:
			whose := "the mock"
			if handler != http.Handler(t.gateway.memory) {
				whose = "the handler of " + r.URL.Host
			}
			resp, err = nil, fmt.Errorf("mockserver: a defect of %s: %v", whose, p)
		}
	}()
	handler.ServeHTTP(answer, received(r))
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return response(answer, r)
}

// received is the request as a server gets it: its own copy, with a body.
func received(r *http.Request) *http.Request {
	copied := r.Clone(r.Context())
	if copied.Body == nil {
		copied.Body = http.NoBody
	}
	copied.RequestURI = r.URL.RequestURI()
	copied.RemoteAddr = "in memory"
	copied.Host = cmp.Or(copied.Host, r.URL.Host)
	return copied
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}

// brokenOff is what the caller gets when the connection breaks: nothing, or an
// answer that ends too early.
func brokenOff(answer *recorder.Answer, r *http.Request) (*http.Response, error) {
	if answer.Status == 0 {
		return nil, &net.OpError{Op: "read", Net: "memory", Err: syscall.ECONNRESET}
	}
	resp, err := response(answer, r)
	if err != nil {
		return nil, err
	}
	resp.ContentLength, _ = strconv.ParseInt(answer.Sent.Get("Content-Length"), 10, 64)
	resp.Body = io.NopCloser(io.MultiReader(resp.Body, endedEarly{}))
	return resp, nil
}

// endedEarly is the end of a body that should have gone on.
type endedEarly struct{}

// Read implements [io.Reader].
func (endedEarly) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func response(answer *recorder.Answer, r *http.Request) (*http.Response, error) {
	if answer.Status == 0 {
		return nil, errors.New("mockserver: a defect of the mock: no answer")
	}
	body := io.NopCloser(bytes.NewReader(answer.Body.Bytes()))
	if r.Method == http.MethodHead {
		body = http.NoBody
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", answer.Status, http.StatusText(answer.Status)), StatusCode: answer.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: answer.Sent, Request: r, ContentLength: int64(answer.Body.Len()),
		Body: body,
	}, nil
}
