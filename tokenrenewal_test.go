package maskinporten_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func TestATokenIsRenewedInTheBackgroundBeforeItExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &backend{token: func(n int, _ grantSeen) reply {
			return tokenReply([]string{"first", "second", "third", "fourth"}[n-1], 120).taking(time.Second)
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
		check.Same(t, []string{"first", "second", "third"}, got, "tokens")
		b.mustHaveAsked(t, 4)
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
		check.Same(t, "old", mustToken(t.Context(), t, auth), "token")
		time.Sleep(18 * time.Second) // dead now, and the renewal is still under way
		check.Same(t, "new", mustToken(t.Context(), t, auth), "token")
		b.mustHaveAsked(t, 2)
	})
}
