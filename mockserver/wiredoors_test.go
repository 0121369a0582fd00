package mockserver_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/internal/dev/recording"
	"github.com/maskinporten-go/maskinporten/internal/mockprogram"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// atBothDoors tells a rule twice: of a mock in memory, and of the program, over
// its sockets. What is asked of the mock beside its calls goes by the control
// API, which is the same at both.
func atBothDoors(t *testing.T, rule func(t *testing.T, w *wire)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		rule(t, newSteered(t))
	})
	t.Run("program", func(t *testing.T) {
		t.Parallel()
		rule(t, programWire(t))
	})
}

// programWire starts the program until the test has ended.
func programWire(t *testing.T) *wire {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background()) //nolint:usetesting // it lives until the cleanup
	reader, writer := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- mockprogram.Run(ctx, mockprogram.Call{
			Name: "mock", Args: []string{"-listen", "127.0.0.1:0"}, Stdin: strings.NewReader(""), Stdout: writer, Stderr: io.Discard,
		})
		_ = writer.Close()
	}()
	transport := &http.Transport{MaxIdleConnsPerHost: 128}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		stop()
		check.Same(t, 0, <-code, "the program ended with")
	})
	line := check.Got(bufio.NewReader(reader).ReadBytes('\n'))(t)
	w := &wire{T: t, tokens: map[string]string{}}
	check.OK(t, json.Unmarshal(line, &w.ready))
	w.base = strings.TrimSuffix(w.ready.Environments["test"].Issuer, "/")
	var over http.RoundTripper = transport
	if recording.On() {
		over = recording.Transport(transport, func(recording.Exchange) string { return "" })
	}
	w.exchange = func(r *http.Request) (int, http.Header, string) {
		r.RequestURI = ""
		r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(w.base, "http://")
		resp := check.Got(over.RoundTrip(r))(t) //nolint:bodyclose // readAll does
		a := readAll(t, r.URL.Path, resp)
		return a.status, a.header, a.body
	}
	return w
}

// set makes a call of the control API that has to work.
func (w *wire) set(call string, in object) object {
	w.Helper()
	return w.steer(http.MethodPost, call, string(check.Got(json.Marshal(in))(w.T))).want(http.StatusOK).object()
}

func (w *wire) advance(d time.Duration) {
	w.Helper()
	w.set("clock", object{"advance": d.String()})
}

func (w *wire) fix(at time.Time) {
	w.Helper()
	w.set("clock", object{"fix": at})
}

// now is the mock's time.
func (w *wire) now() time.Time {
	w.Helper()
	if w.srv != nil {
		return w.srv.Clock().Now()
	}
	text, _ := w.steer(http.MethodGet, "clock", "").want(http.StatusOK).object()["now"].(string)
	return check.Got(time.Parse(time.RFC3339, text))(w.T)
}

// mint makes a test token of the test environment.
func (w *wire) mint(claims object, flaws ...mockserver.Flaw) string {
	w.Helper()
	token, _ := w.set("tokens", object{"environment": "test", "claims": claims, "flaws": flaws})["access_token"].(string)
	return token
}
