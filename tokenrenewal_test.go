package maskinporten_test

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
)

func TestATokenIsRenewedInTheBackgroundBeforeItExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &backend{token: func(n int, _ grantSeen) reply {
			answer := tokenReply([]string{"first", "second", "third", "fourth"}[n-1], 120)
			answer.after = time.Second
			return answer
		}}
		auth := b.auth(t)
		mustToken(t.Context(), t, auth)
		var got []string
		for range 3 { // renewals
			time.Sleep(88 * time.Second)
			synctest.Wait()
			got = append(got, mustToken(t.Context(), t, auth))
			time.Sleep(2 * time.Second) // 90 s: stale
			_, _, took := many(100, func(int) (string, error) { return text(t.Context(), auth) })
			for _, d := range took {
				if d != 0 {
					t.Fatalf("a caller waited %v for a renewal", d)
				}
			}
			time.Sleep(2 * time.Second)
		}
		if diff := cmp.Diff([]string{"first", "second", "third"}, got); diff != "" {
			t.Errorf("tokens (-want +got):\n%s", diff)
		}
		if n := len(b.seenGrants()); n != 4 {
			t.Errorf("%d requests, want one and one for each renewal", n)
		}
	})
}

func TestATokenIsRenewedAQuarterOfItsLifeOrThirtySecondsBeforeItsEnd(t *testing.T) {
	t.Parallel()
	for life, want := range map[int]struct{ stale, dead time.Duration }{
		8:    {6 * time.Second, 7200 * time.Millisecond},
		120:  {90 * time.Second, 117 * time.Second},
		3600: {3570 * time.Second, 3597 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := &backend{token: func(n int, _ grantSeen) reply {
				if n > 1 {
					return reply{status: 400, body: `{"error":"invalid_grant"}`}
				}
				return tokenReply("t", life)
			}}
			auth := b.auth(t)
			started := time.Now()
			at := func(after time.Duration) (string, int) {
				time.Sleep(time.Until(started.Add(after)))
				got, _ := text(t.Context(), auth)
				synctest.Wait()
				return got, len(b.seenGrants())
			}
			if got, n := at(0); got != "t" || n != 1 {
				t.Fatalf("%q, %d requests", got, n)
			}
			if got, n := at(want.stale - 1); got != "t" || n != 1 {
				t.Errorf("life %d: before a renewal is due: %q, %d requests", life, got, n)
			}
			if got, n := at(want.stale); got != "t" || n != 2 {
				t.Errorf("life %d: when it is due: %q, %d requests", life, got, n)
			}
			if got, _ := at(want.dead - 1); got != "t" {
				t.Errorf("life %d: at its last moment: %q", life, got)
			}
			if got, _ := at(want.dead); got != "" {
				t.Errorf("life %d: a dead token was served", life)
			}
		})
	}
}

func TestAFailedRenewalServesTheTokenThatLivesAndBacksOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		b := &backend{token: func(n int, _ grantSeen) reply {
			if n == 1 {
				return tokenReply("old", 120)
			}
			return reply{status: 500}
		}}
		auth := b.auth(t, maskinporten.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		mustToken(t.Context(), t, auth)
		time.Sleep(90 * time.Second)
		for range 10_000 { // ten seconds
			if got := mustToken(t.Context(), t, auth); got != "old" {
				t.Fatalf("served %q", got)
			}
			time.Sleep(time.Millisecond)
		}
		// at once, and after 0.4, 0.8, 1.6 and 3.2 s; the next would be after 5
		if n := len(b.seenGrants()) - 1; n != 5 {
			t.Errorf("%d renewals were tried in ten seconds", n)
		}
		if n := strings.Count(log.String(), "level=WARN"); n != 5 || !strings.Contains(log.String(), "client_id=client-1") {
			t.Errorf("%d warnings: %s", n, log.String())
		}
	})
}

func TestAFailedRenewalWaitsAsLongAsItIsAskedTo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &backend{token: func(n int, _ grantSeen) reply {
			if n == 1 {
				return tokenReply("old", 120)
			}
			return reply{status: 500, header: map[string]string{"Retry-After": "20"}}
		}}
		auth := b.auth(t)
		mustToken(t.Context(), t, auth)
		time.Sleep(90 * time.Second)
		for range 250 {
			mustToken(t.Context(), t, auth)
			time.Sleep(100 * time.Millisecond)
		}
		if n := len(b.seenGrants()) - 1; n != 2 {
			t.Errorf("%d renewals were tried in 25 seconds", n)
		}
	})
}

func TestARenewalThatSucceedsLateIsServed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &backend{token: func(n int, _ grantSeen) reply {
			answer := tokenReply([]string{"old", "new"}[n-1], 120)
			if n == 2 {
				answer.after = 29 * time.Second
			}
			return answer
		}}
		auth := b.auth(t)
		mustToken(t.Context(), t, auth)
		time.Sleep(100 * time.Second)
		if got := mustToken(t.Context(), t, auth); got != "old" {
			t.Errorf("served %q", got)
		}
		time.Sleep(18 * time.Second) // dead now, and the renewal is still under way
		if got := mustToken(t.Context(), t, auth); got != "new" {
			t.Errorf("served %q", got)
		}
		if n := len(b.seenGrants()); n != 2 {
			t.Errorf("%d requests", n)
		}
	})
}
