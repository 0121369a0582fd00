package maskinporten_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// punctual is a token endpoint with the right time. It refuses grants as the
// service does, 10 s either way, and tells the time in Date unless told not to.
func punctual(date bool) *backend {
	return &backend{token: func(n int, g grantSeen) reply {
		header := map[string]string{}
		if date {
			header["Date"] = time.Now().UTC().Format(http.TimeFormat)
		}
		issued, _ := g.Claims["iat"].(float64)
		expires, _ := g.Claims["exp"].(float64)
		now := float64(time.Now().Unix())
		switch {
		case issued > now+10:
			return reply{status: 400, header: header, body: `{"error":"invalid_grant","error_description":"Issue time is after now"}`}
		case expires <= now || issued < now-10:
			return reply{status: 400, header: header, body: `{"error":"invalid_grant","error_description":"JWT is expired","error_uri":"https://e/MP-130"}`}
		}
		answer := tokenReply("t", 120)
		answer.header = header
		return answer
	}}
}

// wrongBy is a clock.
func wrongBy(d time.Duration) maskinporten.Option {
	return maskinporten.WithClock(func() time.Time { return time.Now().Add(d) })
}

func logTo(log *logBuffer) maskinporten.Option {
	return maskinporten.WithLogger(slog.New(slog.NewTextHandler(log, nil)))
}

func debugTo(log *logBuffer) maskinporten.Option {
	return maskinporten.WithLogger(slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
}

func TestAWrongClockIsLearnedFromTheFirstRefusal(t *testing.T) {
	t.Parallel()
	for what, offset := range map[string]time.Duration{"behind": -5 * time.Minute, "ahead": 5 * time.Minute, "a day off": 24 * time.Hour} {
		inBubble(t, what, func(t *testing.T) {
			var log logBuffer
			b := punctual(true)
			auth := b.auth(t, wrongBy(offset), logTo(&log))
			if got := mustToken(t.Context(), t, auth); got != "t" || len(b.seenGrants()) != 2 {
				t.Errorf("%q after %d grants", got, len(b.seenGrants()))
			}
			for range 3 { // from now on it knows
				time.Sleep(time.Hour)
				mustToken(t.Context(), t, auth)
			}
			b.mustHaveAsked(t, 5)
			if n := strings.Count(log.String(), "level=WARN"); n != 1 || !strings.Contains(log.String(), "clock") {
				t.Errorf("%d warnings: %s", n, log.String())
			}
		})
	}
}

func TestAWrongClockIsLearnedHoweverTheRefusalIsWorded(t *testing.T) {
	t.Parallel()
	for offset, text := range map[time.Duration]string{-time.Hour: "JWT has expired.", time.Hour: "Issue time is in the future."} {
		synctest.Test(t, func(t *testing.T) {
			b := punctual(true)
			take := b.token
			b.token = func(n int, g grantSeen) reply {
				answer := take(n, g)
				if answer.status == 400 {
					answer.body = `{"error":"invalid_grant","error_description":"` + text + `"}`
				}
				return answer
			}
			check.Same(t, "t", mustToken(t.Context(), t, b.auth(t, wrongBy(offset))), "token")
		})
	}
}

func TestAClockThatIsSetRightIsLearnedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		offset := 5 * time.Minute
		b := punctual(true)
		auth := b.auth(t, maskinporten.WithClock(func() time.Time { return time.Now().Add(offset) }), logTo(&log))
		mustToken(t.Context(), t, auth)
		time.Sleep(time.Hour)
		offset = 0
		mustToken(t.Context(), t, auth)
		if n := len(b.seenGrants()); n != 4 || strings.Count(log.String(), "level=WARN") != 1 {
			t.Errorf("%d grants; %s", n, log.String())
		}
	})
}

func TestWithoutADateAWrongClockIsAnErrorWithARemedy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := punctual(false)
		_, err := b.auth(t, wrongBy(-5*time.Minute)).Token(t.Context(), forScope("x"))
		if failure := asTokenError(t, err); len(b.seenGrants()) != 1 || !strings.Contains(failure.Remedy(), "NTP") {
			t.Errorf("%d grants, error %v", len(b.seenGrants()), err)
		}
	})
}

func TestAClockThatIsRightNeverDependsOnDate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		lie := map[string]string{"Date": time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)}
		b := &backend{}
		b.token = func(n int, g grantSeen) reply {
			switch n {
			case 1, 3:
				return reply{status: 503, header: lie}
			case 2, 5:
				return reply{status: 400, header: lie, body: `{"error":"invalid_scope","error_uri":"https://e/MP-200"}`}
			}
			answer := tokenReply("t", 120)
			answer.header = lie
			return answer
		}
		auth := b.auth(t, logTo(&log))
		for range 3 {
			_, _ = auth.Token(t.Context(), forScope("x"))
			time.Sleep(time.Hour)
		}
		started := time.Now().Add(-3 * time.Hour)
		for i, grant := range b.seenGrants() {
			issued, _ := grant.Claims["iat"].(float64)
			if at := time.Unix(int64(issued), 0); at.Before(started.Add(-time.Second)) || at.After(time.Now()) {
				t.Errorf("grant %d has iat %v", i, at)
			}
		}
		if strings.Contains(log.String(), "clock") {
			t.Errorf("logged %s", log.String())
		}
	})
}

func TestARefusalForTimesIsTriedAgainOnce(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		date   time.Duration // of the answer, from now
		grants int
	}{"the date agrees": {2 * time.Second, 1}, "the date differs, and another grant doesn't help": {time.Hour, 2}} {
		synctest.Test(t, func(t *testing.T) {
			b := &backend{token: func(n int, _ grantSeen) reply {
				date := time.Now().Add(test.date * time.Duration(n)).UTC().Format(http.TimeFormat) // never twice the same
				return reply{status: 400, header: map[string]string{"Date": date}, body: `{"error":"invalid_grant","error_uri":"https://e/MP-130"}`}
			}}
			_, err := b.auth(t).Token(t.Context(), forScope("x"))
			if failure := asTokenError(t, err); failure.Attempts != test.grants || len(b.seenGrants()) != test.grants {
				t.Errorf("%s: %d grants, %v", what, len(b.seenGrants()), err)
			}
		})
	}
}

func TestARetryAfterDateIsReadByTheLearnedClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := punctual(true)
		b.api = func(n int, _ *http.Request) reply {
			if n > 1 {
				return reply{status: 400}
			}
			return reply{status: 503, header: map[string]string{"Retry-After": time.Now().Add(10 * time.Second).UTC().Format(http.TimeFormat)}}
		}
		started := time.Now()
		_, err := b.client(t, wrongBy(-5*time.Minute), maskinporten.WithAttempts(2)).Scopes.Get(t.Context(), "difi:api")
		if took := time.Since(started); asAPIError(t, err).Attempts != 2 || took != 10*time.Second {
			t.Errorf("waited %v, error %v", took, err)
		}
	})
}
