// Package recording writes down what tests ask of the mock and what it answers,
// for the check that its OpenAPI description holds. Only tests use it, and it
// does nothing unless the environment variable [Variable] names a directory.
package recording

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
)

// Variable is the environment variable that names a directory for the
// recordings.
const Variable = "MASKINPORTEN_RECORDINGS"

const (
	// maxBody is more than any body that is worth looking at.
	maxBody = 256 << 10
	// maxAlike is how many requests with the same method, status and shape of
	// path are recorded by one process.
	maxAlike = 1000
)

// Exchange is a request and its answer. Bodies are those that went over the
// wire; what a handler didn't read is not part of them.
type Exchange struct {
	Method string      `json:"method"`
	Host   string      `json:"host"`
	Path   string      `json:"path"` // escaped
	Query  string      `json:"query,omitzero"`
	Type   string      `json:"type,omitzero"` // the request's Content-Type
	Sent   []byte      `json:"sent,omitzero"`
	Status int         `json:"status"`
	Header http.Header `json:"header"` // of the answer
	Body   []byte      `json:"body,omitzero"`
	// Apart says why the answer may be anything: a fault, or chaos.
	Apart string `json:"apart,omitzero"`
}

// On reports whether anything is recorded.
func On() bool { return os.Getenv(Variable) != "" }

// tape is the file of this process.
type tape struct {
	mu    sync.Mutex
	alike map[string]int
	file  *os.File
}

var theTape = sync.OnceValues(func() (*tape, error) {
	file, err := os.CreateTemp(os.Getenv(Variable), "recording-*.jsonl")
	return &tape{alike: map[string]int{}, file: file}, err
})

// add writes an exchange down, unless there are enough like it. apart is asked
// only then.
func add(e Exchange, apart func(Exchange) string) error {
	t, err := theTape()
	if err != nil {
		return err
	}
	if !t.wants(e) {
		return nil
	}
	e.Apart = apart(e)
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	_, err = t.file.Write(append(line, '\n'))
	return err
}

func (t *tape) wants(e Exchange) bool {
	if len(e.Sent) > maxBody || len(e.Body) > maxBody {
		return false
	}
	key := e.Method + " " + e.Host + shape(e.Path) + " " + strconv.Itoa(e.Status)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.alike[key]++
	return t.alike[key] <= maxAlike
}

// shape is a path without what looks like the name of one thing.
func shape(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if len(segment) > 24 || strings.ContainsAny(segment, "0123456789%@") && !strings.HasPrefix(segment, "v") {
			segments[i] = "*"
		}
	}
	return strings.Join(segments, "/")
}

// must ends the process: a recording that isn't complete would let the check
// pass for no reason.
func must(err error) {
	if err != nil {
		_, _ = os.Stderr.WriteString("recording: " + err.Error() + "\n")
		os.Exit(1)
	}
}

// Handler records what a handler reads and answers. apart says of an exchange
// why it may be anything; empty: it may not.
func Handler(next http.Handler, apart func(Exchange) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := begin(r)
		sent := &tee{ReadCloser: r.Body}
		if r.Body != nil {
			r = r.WithContext(r.Context()) // a copy, which may have another body
			r.Body = sent
		}
		answer := &answer{ResponseWriter: w}
		next.ServeHTTP(answer, r) // a broken connection panics, and is no answer
		e.Sent, e.Status, e.Header, e.Body = sent.kept.Bytes(), answer.status, w.Header().Clone(), answer.kept.Bytes()
		if answer.status == 0 {
			e.Status = http.StatusOK
		}
		must(add(e, apart))
	})
}

func begin(r *http.Request) Exchange {
	host := r.URL.Host
	if host == "" {
		host = r.Host
	}
	return Exchange{Method: r.Method, Host: host, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Type: r.Header.Get("Content-Type")}
}

// tee keeps what is read.
type tee struct {
	io.ReadCloser
	kept bytes.Buffer
}

// Read implements [io.Reader].
func (t *tee) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	if t.kept.Len() <= maxBody {
		t.kept.Write(p[:n])
	}
	return n, err
}

// answer keeps what is answered.
type answer struct {
	http.ResponseWriter
	status int
	kept   bytes.Buffer
}

// Unwrap lets http.ResponseController find what this one stands for.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader implements [http.ResponseWriter].
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	if a.kept.Len() <= maxBody {
		a.kept.Write(p)
	}
	return a.ResponseWriter.Write(p)
}

// Transport records what goes through another one.
func Transport(next http.RoundTripper, apart func(Exchange) string) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		e := begin(r)
		if r.Body != nil {
			sent, err := io.ReadAll(r.Body)
			_ = r.Body.Close() // read whole
			if err != nil {
				return nil, err
			}
			r = r.Clone(r.Context())
			r.Body, e.Sent = io.NopCloser(bytes.NewReader(sent)), sent
		}
		resp, err := next.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		body, broken := io.ReadAll(resp.Body)
		_ = resp.Body.Close() // read as far as it goes
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), ended{broken}))
		if broken == nil {
			e.Status, e.Header, e.Body = resp.StatusCode, resp.Header, body
			must(add(e, apart))
		}
		return resp, nil
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements [http.RoundTripper].
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// ended is how a body ended.
type ended struct{ err error }

// Read implements [io.Reader].
func (e ended) Read([]byte) (int, error) {
	if e.err == nil {
		return 0, io.EOF
	}
	return 0, e.err
}
