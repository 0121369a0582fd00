package mockserver_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func TestTransportHonoursTheContext(t *testing.T) {
	t.Parallel()
	srv := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := check.Got(http.NewRequestWithContext(ctx, http.MethodGet, openList, nil))(t)
	if resp, err := srv.Transport().RoundTrip(r); !errors.Is(err, context.Canceled) {
		_ = resp.Body.Close()
		t.Errorf("got %v", err)
	}
	if len(srv.Requests()) > 0 {
		t.Error("the request was served")
	}
}

func TestContextThatEndsWhileTheServerWorksEndsTheCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := start(t)
		srv.Fail(mockserver.Fault{Delay: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r := check.Got(http.NewRequestWithContext(ctx, http.MethodGet, openList, nil))(t)
		began := time.Now()
		resp, err := srv.Transport().RoundTrip(r)
		if err == nil {
			_ = resp.Body.Close()
		}
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != time.Second {
			t.Errorf("got %v after %v", err, took)
		}
	})
}

// closing is a body that tells whether it was closed.
type closing struct {
	io.Reader
	closed atomic.Bool
}

func (c *closing) Close() error { c.closed.Store(true); return nil }

func TestTransportTakesARequestAsItIsAndClosesItsBody(t *testing.T) {
	t.Parallel()
	srv := start(t)
	body := &closing{Reader: strings.NewReader("grant_type=x")}
	for _, address := range []string{"https://test.maskinporten.no/token", "https://example.no/"} {
		body.closed.Store(false)
		r := check.Got(http.NewRequestWithContext(t.Context(), http.MethodPost, address, body))(t)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		header, url := r.Header.Clone(), *r.URL
		if resp, err := srv.Transport().RoundTrip(r); err == nil {
			_ = resp.Body.Close()
		}
		if !body.closed.Load() {
			t.Errorf("%s: the body stays open", address)
		}
		if diff := cmp.Diff(header, r.Header) + cmp.Diff(url, *r.URL); diff != "" || r.RequestURI != "" || r.Form != nil {
			t.Errorf("%s: the request was changed: %s", address, diff)
		}
	}
}

func TestTransportNeedsNoBodyAndGivesOneAlways(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	consumer := w.as("consumer", dcrWrite)
	consumer.post("/clients", app("x")).want(http.StatusOK)
	for call, length := range map[string]int64{"DELETE clients/x": 0, "HEAD clients/x": 0, "POST clients": -1, "GET clients/x": -1} {
		method, path, _ := strings.Cut(call, " ")
		r := check.Got(http.NewRequestWithContext(t.Context(), method, "https://api.test.samarbeid.digdir.no/api/v1/"+path, nil))(t)
		r.Body = nil
		r.Header.Set("Authorization", "Bearer "+consumer.token)
		resp := check.Got(w.srv.Transport().RoundTrip(r))(t) //nolint:bodyclose // closed below
		a := string(check.Got(io.ReadAll(resp.Body))(t))
		if _ = resp.Body.Close(); length == 0 && a != "" || length != 0 && int64(len(a)) != resp.ContentLength || resp.Request != r {
			t.Errorf("%s: %s, length %d, %q", call, resp.Status, resp.ContentLength, a)
		}
	}
}

func TestPanicOfTheServerIsAnErrorOfTheCall(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	srv := start(t, mockserver.WithTime(func() time.Time {
		if broken.Load() {
			panic("the clock is broken") //nolint:forbidigo // on purpose
		}
		return time.Now()
	}))
	broken.Store(true)
	r := check.Got(http.NewRequestWithContext(t.Context(), http.MethodGet, openList, nil))(t)
	resp, err := srv.Transport().RoundTrip(r)
	if err == nil {
		_ = resp.Body.Close()
		t.Fatal("no error")
	}
	if !strings.Contains(err.Error(), "a defect of the mock: the clock is broken") {
		t.Errorf("got %v", err)
	}
}

func TestEverythingWorksInsideABubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := start(t)
		client := srv.Client(srv.AddOrganization("991825827", "Digitaliseringsdirektoratet"))
		check.Got(client.Scopes.Create(t.Context(), newScope("a")))(t)
		time.Sleep(time.Hour) // the token has expired; nobody waited
		check.Got(client.Scopes.Get(t.Context(), "difi:a"))(t)
		time.Sleep(366 * 24 * time.Hour)
		if _, err := client.Scopes.Get(t.Context(), "difi:a"); !errors.Is(err, maskinporten.ErrKeyExpired) {
			t.Errorf("after a year: %v", err)
		}
	})
}

func TestLoggerGetsALineForEachRequest(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	srv := start(t, mockserver.WithLogger(newJSONLog(&text)))
	inMemory(t, srv, openList).want(http.StatusOK)
	inMemory(t, srv, "https://api.test.samarbeid.digdir.no/api/v1/scopes?token=very-secret").want(http.StatusUnauthorized)
	if lines := strings.Count(text.String(), "\n"); lines != 2 || !strings.Contains(text.String(), "an access token is required") || strings.Contains(text.String(), "very-secret") {
		t.Errorf("the log says\n%s", &text)
	}
}
