package issuer_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
)

func lenient(c *issuer.Config) { c.Lenient = func() bool { return true } }

func TestTheReasonSaysHowFarTheTimesLie(t *testing.T) {
	t.Parallel()
	now := dawn.Unix()
	for _, test := range []struct {
		name    string
		variant string
		claims  object
		want    row
		reason  string
	}{
		{"exp long past", "", object{"iat": now - 200, "exp": now - 100}, expiredGrant, "exp is 100 s behind the clock"},
		{"exp now", "", object{"iat": now - 100, "exp": now}, expiredGrant, "exp is 0 s behind the clock"},
		{"iat ahead", "", object{"iat": now + 11, "exp": now + 60}, issuedInFuture, "iat is 11 s ahead of the clock"},
		{"nbf ahead", "", object{"nbf": now + 40}, issuedInFuture, "nbf is 40 s ahead of the clock"},
		{"iat behind", "iat-age=10s", object{"iat": now - 15}, expiredGrant, "iat is 15 s behind the clock, more than 10 s"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if test.variant != "" {
				w = newWorld(t, having(test.variant))
			}
			got := w.ask(t, w.good(t, test.claims))
			refused(t, got, test.want)
			if got.decision.Reason != test.reason {
				t.Errorf("the reason is %q, want %q", got.decision.Reason, test.reason)
			}
		})
	}
}

func TestAReasonShowsAHundredCharactersOfALongText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for length, whole := range map[int]bool{100: true, 101: false} {
		text := strings.Repeat("k", length)
		got := w.ask(t, sign(t, appKey, object{"alg": "RS256", "kid": text}, w.claims(nil)))
		refused(t, got, unknownKid)
		if strings.Contains(got.decision.Reason, strconv.Quote(text)) != whole {
			t.Errorf("of %d characters: %s", length, got.decision.Reason)
		}
	}
}

func TestAGrantWithoutIatLivesTwoMinutesFromNowWhereTheMockIsLenient(t *testing.T) {
	t.Parallel()
	w := newWorld(t, lenient)
	now := dawn.Unix()
	granted(t, w.ask(t, w.good(t, object{"iat": nil, "exp": now + 120})))
	got := w.ask(t, w.good(t, object{"iat": nil, "exp": now + 121}))
	refused(t, got, malformed)
	if !strings.Contains(got.decision.Reason, "more than 120 s after now") {
		t.Errorf("the reason is %q", got.decision.Reason)
	}
}

func TestOnlyWhatADelegatingConsumerLacksIsPassedOverWhereTheMockIsLenient(t *testing.T) {
	t.Parallel()
	w := newWorld(t, lenient)
	check.OK(t, w.Delegate(strangerNo, consumerNo, "difi:a"))
	got := w.ask(t, w.good(t, object{"consumer_org": strangerNo})) // who has no access of its own
	granted(t, got)
	if len(got.decision.Assumed) != 1 || !strings.HasPrefix(got.decision.Assumed[0], "MP-250") {
		t.Errorf("assumed %q", got.decision.Assumed)
	}
	w.revoke(t, "difi:a")
	refused(t, w.ask(t, w.good(t, nil)), noAccess, "difi:a") // that is documented
}
