package bench_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/internal/dev/rounds"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// digdir owns everything that is measured.
const digdir maskinporten.OrgNo = "991825827"

// selfService is the mock with a token for its API.
type selfService struct {
	*mockserver.Server
	handler http.Handler
	token   string
}

func newSelfService(tb testing.TB) *selfService {
	tb.Helper()
	srv := mockserver.Start(tb)
	token := srv.Token(maskinporten.Test, map[string]any{
		"consumer": map[string]string{"authority": "iso6523-actorid-upis", "ID": digdir.ISO6523()},
		"scope":    "idporten:scopes.write idporten:dcr.write",
		"exp":      srv.Clock().Now().Add(time.Hour).Unix(),
	})
	return &selfService{srv, srv.Handler("http://mock.example.test"), token}
}

// request is one as it goes over the wire.
func (s *selfService) request(method, path, body string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+s.token)
	return r
}

// answer has the handler answer, without a socket.
func (s *selfService) answer(tb testing.TB, method, path, body string) *httptest.ResponseRecorder {
	tb.Helper()
	recorder := httptest.NewRecorder()
	s.handler.ServeHTTP(recorder, s.request(method, path, body))
	if recorder.Code != http.StatusOK {
		tb.Fatalf("%s %s: %d %s", method, path, recorder.Code, recorder.Body)
	}
	return recorder
}

const scopePath = "/api/v1/scopes/scope?scope=difi%3Ameasured"

// withScope adds the scope of scopePath and returns its JSON.
func (s *selfService) withScope(tb testing.TB) []byte {
	tb.Helper()
	s.answer(tb, http.MethodPost, "/api/v1/scopes", `{"prefix":"difi","subscope":"measured","description":"Is read","visibility":"PUBLIC"}`)
	return s.answer(tb, http.MethodGet, scopePath, "").Body.Bytes()
}

// serve serves a handler on the loopback interface.
func serve(tb testing.TB, handler http.Handler) (address string) {
	tb.Helper()
	server := httptest.NewServer(handler)
	tb.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// caller sends one request over one connection, again and again, and does as
// little as can be done, so that what is measured is the server.
type caller struct {
	net.Conn
	request []byte
	reader  *bufio.Reader
}

func newCaller(tb testing.TB, address string, request *http.Request) *caller {
	tb.Helper()
	conn := check.Got(net.Dial("tcp", address))(tb)
	tb.Cleanup(func() { _ = conn.Close() })
	var written bytes.Buffer
	check.OK(tb, request.Write(&written))
	return &caller{conn, written.Bytes(), bufio.NewReader(conn)}
}

// call sends the request and reads the answer to its end.
func (c *caller) call() error {
	if _, err := c.Write(c.request); err != nil {
		return err
	}
	length := 0
	for first := true; ; first = false {
		line, err := c.reader.ReadSlice('\n')
		switch {
		case err != nil:
			return err
		case first && !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")):
			return fmt.Errorf("the server answered %s", line)
		case len(line) == 2:
			return check.Err(io.CopyN(io.Discard, c.reader, int64(length)))
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			for _, digit := range bytes.TrimSpace(value) {
				length = length*10 + int(digit-'0')
			}
		}
	}
}

// crew returns a function that has so many connections make so many calls each, at
// the same time.
func crew(tb testing.TB, connections, calls int, address string, request func() *http.Request) func() {
	tb.Helper()
	callers := make([]*caller, connections)
	for i := range callers {
		callers[i] = newCaller(tb, address, request())
	}
	return func() {
		var working sync.WaitGroup
		for _, c := range callers {
			working.Go(func() {
				for range calls {
					if err := c.call(); err != nil {
						tb.Error(err)
						return
					}
				}
			})
		}
		working.Wait()
	}
}

// turn returns what clocks a short turn. Turns over sockets must be short, and
// many, since whatever else the machine does comes in between; so they can't
// begin with a collection, as those of [rounds.Clocked] do.
func turn(times int, work func()) func() float64 {
	work()
	return func() float64 {
		started := time.Now()
		for range times {
			work()
		}
		return float64(time.Since(started).Nanoseconds()) / float64(times)
	}
}

func trivialHandler(body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	}
}

// Limit: 0.75 of the throughput of a handler that does nothing but write the
// same bytes.
func BenchmarkReadingAScopeOverEightConnections(b *testing.B) {
	const connections, calls = 8, 10
	s := newSelfService(b)
	trivial := trivialHandler(s.withScope(b))
	read := func() *http.Request { return s.request(http.MethodGet, scopePath, "") }
	took := rounds.Alternate(b,
		turn(1, crew(b, connections, calls, serve(b, trivial), read)),
		turn(1, crew(b, connections, calls, serve(b, s.handler), read)))
	const perCall = connections * calls * 1e3
	b.ReportMetric(1/took.Ratio(), "×trivial-throughput")
	b.ReportMetric(took.Floor/perCall, "trivial-µs/call")
	b.ReportMetric(took.Subject/perCall, "µs/call")
}

func TestReadingAScopeAllocatesLittleMoreThanATrivialHandler(t *testing.T) { //nolint:paralleltest // counts what is allocated
	if rounds.RaceDetector {
		t.Skip("the race detector allocates")
	}
	s := newSelfService(t)
	trivial := trivialHandler(s.withScope(t))
	read := func(handler http.Handler) func() {
		return func() { handler.ServeHTTP(httptest.NewRecorder(), s.request(http.MethodGet, scopePath, "")) }
	}
	floorBytes, floor := rounds.Allocated(200, read(trivial))
	bytes, allocations := rounds.Allocated(200, read(s.handler))
	if allocations-floor > 30 || bytes-floorBytes > 4<<10 {
		t.Errorf("%.1f allocations and %.0f bytes more than a handler that does nothing, want 30 and 4096 at most", allocations-floor, bytes-floorBytes)
	}
}
