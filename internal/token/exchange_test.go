package token_test

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/internal/token"
)

func TestATokenRequestIsRepeatedWhereThatMayHelp(t *testing.T) {
	t.Parallel()
	busy := func(status int, after string) answer {
		return answer{status: status, body: "{}", header: map[string]string{"Retry-After": after}}
	}
	for what, row := range map[string]struct {
		answer   answer
		attempts int
		grants   int
		took     time.Duration
		ok       bool
	}{
		"a refusal":         {answer{status: 400, body: `{"error":"x"}`}, 4, 1, 0, false},
		"no connection":     {answer{err: &net.OpError{Op: "dial", Err: errors.New("refused")}}, 4, 3, 200 * time.Millisecond, false},
		"502":               {answer{status: 502}, 4, 3, 200 * time.Millisecond, false},
		"502, two attempts": {answer{status: 502}, 2, 2, 100 * time.Millisecond, false},
		"502, one attempt":  {answer{status: 502}, 1, 1, 0, false},
		"500":               {answer{status: 500}, 4, 1, 0, false},
		"502 that asks for all the time there is": {busy(502, "30"), 4, 1, 0, false},
		"502 that leaves a second":                {busy(502, "29"), 4, 2, 29 * time.Second, false},
		"429 that asks for the longest pause":     {busy(429, "30"), 4, 5, 120 * time.Second, false},
		"429 that asks for more":                  {busy(429, "31"), 4, 1, 0, false},
		"429, one attempt":                        {busy(429, "1"), 1, 1, 0, false},
		"503 that asks for a pause":               {busy(503, "1"), 2, 11, 10 * time.Second, false},
		"503 that asks for more":                  {busy(503, "60"), 4, 1, 0, false},
		"503 that calls it a name":                {answer{status: 503, body: `{"error":"temporarily_unavailable"}`}, 4, 3, 200 * time.Millisecond, false},
		"a server that isn't trusted":             {answer{err: &tls.CertificateVerificationError{Err: errors.New("who?")}}, 4, 1, 0, false},
		"an answer that breaks off":               {answer{body: `{"acc`, cut: io.ErrUnexpectedEOF}, 4, 3, 200 * time.Millisecond, false},
		"an answer that can't be one":             {answer{body: "<html>"}, 4, 1, 0, false},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := &endpoint{answers: func(int) answer { return row.answer }}
				began := time.Now()
				_, err := e.start(t, func(c *token.Config) { c.Attempts = row.attempts }).Token(t.Context(), forX)
				if e.count() != row.grants || time.Since(began) != row.took {
					t.Errorf("%d grants in %v, want %d in %v", e.count(), time.Since(began), row.grants, row.took)
				}
				if failure := failureOf(t, err); failure.Attempts != row.grants {
					t.Errorf("it tells of %d attempts", failure.Attempts)
				}
				ids := map[any]bool{}
				for _, claims := range e.grants {
					ids[claims["jti"]] = true
				}
				if len(ids) != row.grants {
					t.Errorf("%d different jti in %d grants", len(ids), row.grants)
				}
			})
		})
	}
}

func TestAnAttemptGetsATokenAfterOthersFailed(t *testing.T) {
	t.Parallel()
	for what, first := range map[string]answer{
		"no answer": {err: errors.New("reset")}, "504": {status: 504}, "429": {status: 429, body: "{}"},
	} {
		synctest.Test(t, func(t *testing.T) {
			e := &endpoint{answers: func(n int) answer {
				if n == 1 {
					return first
				}
				return good("t", 120)
			}}
			if got := mustToken(t, e.start(t), forX); got.AccessToken != "t" {
				t.Errorf("%s: %v", what, got)
			}
		})
	}
}

func TestWhatCannotBeSentIsAnErrorOfItsOwn(t *testing.T) {
	t.Parallel()
	failure := errors.New("no key")
	e := &endpoint{}
	for what, row := range map[string]struct {
		change      func(*token.Config)
		credentials token.Credentials
		request     token.Request
		says        string
	}{
		"no key":                 {nil, token.Credentials{Key: func(context.Context) (token.Key, error) { return nil, failure }}, forX, "no key"},
		"a key that cannot sign": {nil, holding("app", bare{err: failure}), forX, "no key"},
		"details of no JSON":     {nil, holding("app", bare{}), token.Request{Scope: "x", Details: make(chan int)}, "grant"},
		"an address of none":     {func(c *token.Config) { c.Endpoint = "http://\x7f/" }, holding("app", bare{}), forX, "token endpoint"},
	} {
		engine := e.start(t)
		if row.change != nil {
			engine = e.start(t, row.change)
		}
		engine.Use(row.credentials)
		if _, err := engine.Token(t.Context(), row.request); err == nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if e.count() != 0 {
		t.Errorf("%d grants", e.count())
	}
	if host := e.start(t, func(c *token.Config) { c.Endpoint = "http://\x7f/" }).Host(); host != "" {
		t.Errorf("host %q", host)
	}
}

func TestAGrantSaysWhatIsWantedAndLivesAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pid, other, now := "01017012345", "01017054321", float64(time.Now().Unix())
		bareClaims := map[string]any{"aud": issuer, "iss": "app", "iat": now, "exp": now + 60, "scope": "x"}
		with := func(name string, value any) map[string]any {
			claims := maps.Clone(bareClaims)
			claims[name] = value
			return claims
		}
		e := &endpoint{}
		engine := e.start(t)
		seen := map[any]bool{}
		for i, row := range []struct {
			request token.Request
			want    map[string]any
		}{
			{forX, bareClaims},
			{token.Request{Scope: "x", Resource: []string{"a", "b"}}, with("resource", []any{"a", "b"})},
			{token.Request{Scope: "x", Resource: []string{"b", "a"}}, with("resource", []any{"b", "a"})},
			{token.Request{Scope: "x", PID: &other}, with("pid", other)},
			{token.Request{Scope: "x", ConsumerOrg: "974760673"}, with("consumer_org", "974760673")},
			{token.Request{Scope: "x", OnBehalfOf: "other"}, with("iss_onbehalfof", "other")},
			{token.Request{Scope: "x", Details: map[string]any{"type": "u"}}, with("authorization_details", []any{map[string]any{"type": "u"}})},
			{token.Request{Scope: "x", PID: &pid}, with("pid", pid)},
			{token.Request{Scope: "x", ConsumerOrg: "889640782"}, with("consumer_org", "889640782")},
			{token.Request{Scope: "x", OnBehalfOf: "part"}, with("iss_onbehalfof", "part")},
			{token.Request{Scope: "x", Details: map[string]any{"type": "t"}}, with("authorization_details", []any{map[string]any{"type": "t"}})},
		} {
			first := mustToken(t, engine, row.request)
			if again := mustToken(t, engine, row.request); again != first || e.count() != i+1 {
				t.Errorf("%+v isn't one token of its own", row.request)
			}
			got := e.last()
			if id, _ := got["jti"].(string); len(id) < 20 || seen[id] {
				t.Errorf("jti %v", id)
			}
			seen[got["jti"]] = true
			delete(got, "jti")
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
		}
	})
}

func TestAClientAssertionLivesAMinute(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	engine := (&endpoint{}).start(t, func(c *token.Config) { c.Clock = token.NewClock(func() time.Time { return time.Unix(1000, 0) }, c.Log) })
	for range 2 {
		text, err := engine.ClientAssertion(t.Context())
		payload, err2 := base64.RawURLEncoding.DecodeString(text)
		var claims map[string]any
		if err := errors.Join(err, err2, json.Unmarshal(payload, &claims)); err != nil {
			t.Fatal(err)
		}
		if id, _ := claims["jti"].(string); len(id) < 20 || seen[id] {
			t.Errorf("jti %q", id)
		} else {
			seen[id] = true
		}
		delete(claims, "jti")
		if diff := cmp.Diff(map[string]any{"aud": issuer, "iss": "app", "sub": "app", "iat": 1000., "exp": 1060.}, claims); diff != "" {
			t.Errorf("claims (-want +got):\n%s", diff)
		}
	}
	failure := errors.New("no key")
	engine.Use(token.Credentials{Key: func(context.Context) (token.Key, error) { return nil, failure }})
	if _, err := engine.ClientAssertion(t.Context()); !errors.Is(err, failure) {
		t.Errorf("error %v", err)
	}
}

// forTimes refuses a grant as one that isn't for now, by the clock of a service
// that is ahead.
func forTimes(ahead time.Duration) answer {
	return answer{status: 400, body: `{"error":"invalid_grant","error_description":"JWT has expired."}`, header: map[string]string{"Date": time.Now().Add(ahead).UTC().Format(http.TimeFormat)}}
}

func TestAClockThatIsWrongByThreeSecondsIsCorrectedOnce(t *testing.T) {
	t.Parallel()
	for ahead, grants := range map[time.Duration]int{0: 1, 2 * time.Second: 1, 3 * time.Second: 2, -2 * time.Second: 1, -3 * time.Second: 2, time.Hour: 2} {
		for _, text := range []string{"JWT has expired.", "Issue time is in the future."} {
			synctest.Test(t, func(t *testing.T) {
				e := &endpoint{answers: func(int) answer {
					a := forTimes(ahead)
					a.body = strings.Replace(a.body, "JWT has expired.", text, 1)
					return a
				}}
				_, err := e.start(t).Token(t.Context(), forX)
				if failureOf(t, err).Attempts != grants || e.count() != grants {
					t.Errorf("%v ahead: %d grants, want %d", ahead, e.count(), grants)
				}
				if got := e.last()["iat"]; grants == 2 && got != float64(time.Now().Add(ahead).Unix()) {
					t.Errorf("%v ahead: issued at %v", ahead, got)
				}
			})
		}
	}
}

func TestAClockThatWasCorrectedIsCorrectedAgainForThreeSecondsOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ahead time.Duration
		var log logged
		e := &endpoint{answers: func(int) answer { return forTimes(ahead) }}
		engine := e.start(t, func(c *token.Config) { c.Log = log.logger(); c.Clock = token.NewClock(nil, c.Log) })
		for _, step := range []struct {
			ahead  time.Duration
			grants int           // in this step
			by     time.Duration // how far the last one was corrected
		}{
			{10 * time.Second, 2, 10 * time.Second}, {11 * time.Second, 1, 10 * time.Second}, {20 * time.Second, 2, 20 * time.Second},
		} {
			ahead = step.ahead
			before, corrected := e.count(), time.Duration(0)
			if before > 0 {
				corrected = 10 * time.Second // by the first step, and not by the second
			}
			_, _ = engine.Token(t.Context(), forX)
			if got := e.grants[before]["iat"]; got != float64(time.Now().Add(corrected).Unix()) {
				t.Errorf("%v ahead: the first grant is of %v", step.ahead, got)
			}
			if got := e.count() - before; got != step.grants || e.last()["iat"] != float64(time.Now().Add(step.by).Unix()) {
				t.Errorf("%v ahead: %d grants, the last of %v", step.ahead, got, e.last()["iat"])
			}
			if n := strings.Count(log.String(), "clock is wrong"); n != 1 {
				t.Errorf("%v ahead: %d warnings", step.ahead, n)
			}
			time.Sleep(time.Minute)
		}
	})
}

func TestAKeyThatEndsWithinAMonthIsWarnedOfOnceADay(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, row := range []struct {
		left, pause time.Duration
		warnings    int // of two requests, a pause apart
		says        string
	}{
		{0, time.Hour, 0, ""}, // no end
		{30*day + time.Second, time.Millisecond, 0, ""},
		{30 * day, day - time.Second, 1, "days_left=30"},
		{30 * day, day, 2, "days_left=29"},
		{time.Second, day, 2, "has expired"},
		{day, day, 2, "has expired"}, // at its end, to the second
		{day + 1, day, 2, "days_left=0"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var log logged
			engine := (&endpoint{answers: func(int) answer { return refused }}).start(t, func(c *token.Config) { c.Log = log.logger() })
			key := bare{}
			if row.left > 0 {
				key.expires = time.Now().Add(row.left)
			}
			engine.Use(holding("app", key))
			_, _ = engine.Token(t.Context(), forX)
			time.Sleep(row.pause)
			_, _ = engine.Token(t.Context(), forX)
			if text := log.String(); strings.Count(text, "level=WARN") != row.warnings || !strings.Contains(text, row.says) {
				t.Errorf("%v left, %v apart: %s", row.left, row.pause, text)
			}
			if soon := strings.Count(log.String(), "expires soon"); row.left == day+1 && soon != 2 {
				t.Errorf("it expires soon: %s", log.String())
			}
		})
	}
}

func TestAnotherKeyIsWarnedOfAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logged
		engine := (&endpoint{answers: func(int) answer { return refused }}).start(t, func(c *token.Config) { c.Log = log.logger() })
		key := bare{expires: time.Now().Add(time.Hour)}
		engine.Use(token.Credentials{ClientID: "app", Key: func(context.Context) (token.Key, error) { return key, nil }})
		for range 3 {
			_, _ = engine.Token(t.Context(), forX)
			key.expires = key.expires.Add(time.Hour)
		}
		if n := strings.Count(log.String(), "level=WARN"); n != 3 {
			t.Errorf("%d warnings", n)
		}
	})
}

func TestTheEndOfTheKeyThatSignedLastIsKnown(t *testing.T) {
	t.Parallel()
	engine := (&endpoint{}).start(t)
	end := time.Now().Add(time.Hour)
	for _, key := range []bare{{name: "without end"}, {name: "with one", expires: end}} {
		engine.Use(holding("app", key))
		if got := engine.KeyExpires(); !got.IsZero() {
			t.Errorf("%s: %v before it signed", key.name, got)
		}
		mustToken(t, engine, forX)
		if got := engine.KeyExpires(); !got.Equal(key.expires) {
			t.Errorf("%s: %v", key.name, got)
		}
	}
}

func TestWhoCannotWaitForABusyEndpointIsToldAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{answers: func(int) answer {
			return answer{status: 429, body: "{}", header: map[string]string{"Retry-After": "20"}}
		}}
		engine := e.start(t)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		began := time.Now()
		for range 2 { // who waited when it became busy, and who comes later
			_, err := engine.Token(ctx, forX)
			if failure := failureOf(t, err); failure.RetryAfter != 20*time.Second || time.Since(began) > 0 {
				t.Errorf("after %v: %+v", time.Since(began), failure)
			}
		}
		if e.count() != 1 {
			t.Errorf("%d grants", e.count())
		}
	})
}

func TestNobodySitsOutAPauseOfAnEngineThatCloses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{answers: func(int) answer {
			return answer{status: 429, body: "{}", header: map[string]string{"Retry-After": "20"}}
		}}
		engine := e.start(t)
		go func() { _, _ = engine.Token(t.Context(), forX) }()
		synctest.Wait()
		time.AfterFunc(time.Second, engine.Close)
		began := time.Now()
		if _, err := engine.Token(t.Context(), token.Request{Scope: "y"}); !errors.Is(err, token.ErrClosed) || time.Since(began) != time.Second || e.count() != 1 {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}
