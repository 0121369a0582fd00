package maskinporten_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func TestADELETEThatWasRepeatedAndFindsNothingWasDone(t *testing.T) {
	t.Parallel()
	gone := reply{status: 404, body: `{"error":", no such key"}`}
	for what, test := range map[string]struct {
		answers []reply
		gone    bool // it is ErrNotFound
	}{
		"nothing there at all":         {[]reply{gone}, true},
		"never sent before":            {[]reply{{err: refusedDial}, gone}, true},
		"turned away before":           {[]reply{{status: 503, header: map[string]string{"Retry-After": "1"}}, gone}, true},
		"too many before":              {[]reply{{status: 429}, gone}, true},
		"token not accepted before":    {[]reply{{status: 401}, gone}, true},
		"answer lost before":           {[]reply{{err: io.ErrUnexpectedEOF}, gone}, false},
		"answer broken off before":     {[]reply{{body: `{"a`, cut: syscall.ECONNRESET}, gone}, false},
		"gateway gave up before":       {[]reply{{status: 504}, gone}, false},
		"lost, and turned away before": {[]reply{{status: 502}, {status: 429}, gone}, false},
	} {
		inBubble(t, what, func(t *testing.T) {
			b := &backend{api: func(n int, _ *http.Request) reply { return test.answers[min(n, len(test.answers))-1] }}
			client := b.client(t)
			if err := client.Clients.RemoveKey(t.Context(), "c", "k"); errors.Is(err, maskinporten.ErrNotFound) != test.gone || (err == nil) == test.gone {
				t.Errorf("RemoveKey: %v", err)
			}
			if got := len(b.seenCalls()); got != len(test.answers) {
				t.Errorf("%d calls, want %d", got, len(test.answers))
			}
		})
	}
}

func TestAGETThatWasRepeatedAndFindsNothingIsNotFound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &backend{api: func(n int, _ *http.Request) reply {
			return []reply{{status: 502}, {status: 404}}[n-1]
		}}
		check.Is(t, maskinporten.ErrNotFound, ignored(b.client(t).Scopes.Get(t.Context(), "difi:api")))
	})
}

func TestRequestsSideBySideLearnAWrongClockTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		b, delay := punctual(true), make(chan time.Duration, 8)
		for i := range 8 {
			delay <- time.Duration(i) * 100 * time.Millisecond
		}
		at := b.token
		b.token = func(n int, g grantSeen) reply {
			answer := at(n, g)
			if answer.status != 0 {
				answer.after = <-delay // refusals come one after another
			}
			return answer
		}
		auth := b.auth(t, wrongBy(-5*time.Minute), logTo(&log))
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				if _, err := auth.Token(t.Context(), forScope(fmt.Sprint("scope-", i))); err != nil {
					t.Errorf("scope %d: %v", i, err)
				}
			})
		}
		all.Wait()
		if n := strings.Count(log.String(), "level=WARN"); n != 1 {
			t.Errorf("%d warnings: %s", n, log.String())
		}
	})
}

func TestMetadataIsLookedForAtTheIssuersHostWhateverItsEnd(t *testing.T) {
	t.Parallel()
	for _, issuer := range []string{"https://issuer.example.test", "https://issuer.example.test/", "https://issuer.example.test/ver2", "https://issuer.example.test/ver2/"} {
		var asked string
		b := &backend{other: func(r *http.Request) (reply, bool) {
			if strings.HasSuffix(r.URL.Path, "/token") {
				return reply{}, false
			}
			asked = r.URL.String()
			return reply{status: 404}, true
		}}
		target := backendEndpoints()
		target.Issuer = issuer
		auth := check.Got(maskinporten.NewAuthenticator(target, fileCredentials(t), maskinporten.WithHTTPClient(b.http()), maskinporten.WithDiscovery()))(t)
		mustToken(t.Context(), t, auth)
		check.OK(t, auth.Close())
		if want := strings.TrimSuffix(issuer, "/") + "/.well-known/oauth-authorization-server"; asked != want {
			t.Errorf("asked %s, want %s", asked, want)
		}
	}
}

// callLines are the lines of a log about calls. Beside them there is one for
// each token request, and nothing else.
func callLines(t *testing.T, log string) []string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(log) {
		switch {
		case strings.Contains(line, `msg="maskinporten: call"`):
			lines = append(lines, line)
		case !strings.Contains(line, `msg="maskinporten: token request"`):
			t.Errorf("logged %s", line)
		}
	}
	return lines
}

func TestEachCallIsOneLineInTheLogWhateverComes(t *testing.T) {
	t.Parallel()
	for what, answer := range map[string]reply{
		"success": {body: `{"name":"difi:api"}`}, "nothing": {status: 204}, "nonsense": {body: `{"name":`}, "an error as a success": {body: `{"error":"x"}`},
		"null": {body: `null`}, "refused": {status: 403}, "never sent": {err: refusedDial},
	} {
		for method, call := range calls {
			t.Run(what+"/"+method, func(t *testing.T) {
				t.Parallel()
				var log logBuffer
				b := &backend{api: func(int, *http.Request) reply { return answer }}
				err := call(t.Context(), b.client(t, debugTo(&log), maskinporten.WithAttempts(1)))
				if n := len(callLines(t, log.String())); n != 1 || strings.Contains(log.String(), "error.") == (err == nil) {
					t.Errorf("%d lines, error %v: %s", n, err, log.String())
				}
			})
		}
	}
}

func TestAReadModifyWriteIsTwoLinesInTheLogAndItsErrorsAreOne(t *testing.T) {
	t.Parallel()
	for body, lines := range map[string]int{`{"name":"difi:api"}`: 2, `{"name":`: 1, `[]`: 1, ``: 1, `<html>`: 1, `{"errors":[{"errorMessage":"no\nway"}]}`: 1} {
		var log logBuffer
		b := &backend{api: func(int, *http.Request) reply { return reply{body: body} }}
		_, err := b.client(t, debugTo(&log)).Scopes.Update(t.Context(), "difi:api", func(s *maskinporten.Scope) error {
			s.Description = "new"
			return nil
		})
		if n := len(callLines(t, log.String())); n != lines {
			t.Errorf("%q: %d lines, want %d: %s", body, n, lines, log.String())
		}
		if lines == 1 && (!errors.Is(err, maskinporten.ErrBadAnswer) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%q: error %v", body, err)
		}
	}
}
