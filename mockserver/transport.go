package mockserver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
)

// HTTPClient returns a client that reaches the server in memory, at the hosts of
// the real environments. Any other host is an error: a test never leaves the
// process. It follows no redirects, since the mock sends none.
func (s *Server) HTTPClient() *http.Client { return &http.Client{Transport: s.Transport()} }

// Transport is the transport of [Server.HTTPClient]. It starts no goroutine and
// uses no timer, so that it works within testing/synctest.
func (s *Server) Transport() http.RoundTripper { return memoryTransport{s.memory} }

type memoryTransport struct{ door *door }

// RoundTrip answers a request.
func (t memoryTransport) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	defer closeBody(r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	host := hostOf(r.URL)
	if _, ok := t.door.hosts[host]; !ok && host != portalHost || r.URL.Scheme != "https" {
		err := fmt.Errorf("mockserver: %s://%s is none of Maskinporten's addresses; in memory the mock answers for those only", r.URL.Scheme, r.URL.Host)
		t.door.server.journal.stray(newRequest(t.door.server.clock.Now(), r), err)
		return nil, err
	}
	answer := newMemoryAnswer()
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler: // a fault breaks the connection
			resp, err = answer.brokenOff(r) //nolint:bodyclose // the caller closes it
		default:
			resp, err = nil, fmt.Errorf("mockserver: a defect of the mock: %v", p)
		}
	}()
	t.door.ServeHTTP(answer, received(r))
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return answer.response(r)
}

// received is the request as a server gets it: its own copy, with a body.
func received(r *http.Request) *http.Request {
	copied := r.Clone(r.Context())
	if copied.Body == nil {
		copied.Body = http.NoBody
	}
	copied.RequestURI = r.URL.RequestURI()
	copied.RemoteAddr = "in memory"
	if copied.Host == "" {
		copied.Host = r.URL.Host
	}
	return copied
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}

// memoryAnswer collects what a handler answers.
type memoryAnswer struct {
	header http.Header
	sent   http.Header // as it was when the status was written
	status int
	body   bytes.Buffer
}

func newMemoryAnswer() *memoryAnswer { return &memoryAnswer{header: http.Header{}} }

// Header implements [http.ResponseWriter].
func (a *memoryAnswer) Header() http.Header { return a.header }

// WriteHeader implements [http.ResponseWriter].
func (a *memoryAnswer) WriteHeader(status int) {
	if a.status == 0 {
		a.status, a.sent = status, a.header.Clone()
	}
}

// Write implements [http.ResponseWriter].
func (a *memoryAnswer) Write(data []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(data)
}

// brokenOff is what the caller gets when the connection breaks: nothing, or an
// answer that ends too early.
func (a *memoryAnswer) brokenOff(r *http.Request) (*http.Response, error) {
	if a.status == 0 {
		return nil, &net.OpError{Op: "read", Net: "memory", Err: syscall.ECONNRESET}
	}
	resp, err := a.response(r)
	if err != nil {
		return nil, err
	}
	resp.ContentLength, _ = strconv.ParseInt(a.sent.Get("Content-Length"), 10, 64)
	resp.Body = io.NopCloser(io.MultiReader(resp.Body, endedEarly{}))
	return resp, nil
}

// endedEarly is the end of a body that should have gone on.
type endedEarly struct{}

// Read implements [io.Reader].
func (endedEarly) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func (a *memoryAnswer) response(r *http.Request) (*http.Response, error) {
	if a.status == 0 {
		return nil, errors.New("mockserver: a defect of the mock: no answer")
	}
	body := io.NopCloser(bytes.NewReader(a.body.Bytes()))
	if r.Method == http.MethodHead {
		body = http.NoBody
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", a.status, http.StatusText(a.status)), StatusCode: a.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.sent, Request: r, ContentLength: int64(a.body.Len()),
		Body: body,
	}, nil
}
