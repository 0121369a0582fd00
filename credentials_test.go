package maskinporten_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func TestOtherCredentialsNeverGetTheOldClientsToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &backend{token: func(_ int, g grantSeen) reply {
			return tokenReply("of-"+g.Claims["iss"].(string), 120).taking(time.Second)
		}}
		auth := b.auth(t)
		source := auth.TokenSource(t.Context(), forScope("x"))
		other := maskinporten.Credentials{ClientID: "client-2", Key: fileKey(t, "two")}
		time.AfterFunc(500*time.Millisecond, func() {
			if err := auth.SetCredentials(other); err != nil {
				t.Error(err)
			}
		})
		texts, errs, took := many(10, func(i int) (string, error) { // under way when they are swapped
			if i%2 == 0 {
				return text(t.Context(), auth)
			}
			token, err := source.Token()
			return token.AccessToken, err
		})
		for i := range texts {
			if texts[i] != "of-client-2" || errs[i] != nil || took[i] != 2*time.Second {
				t.Errorf("caller %d got %q, error %v after %v", i, texts[i], errs[i], took[i])
			}
		}
		if auth.ClientID() != "client-2" || len(b.seenGrants()) != 2 {
			t.Errorf("%s after %d requests", auth.ClientID(), len(b.seenGrants()))
		}
		if kid := b.seenGrants()[1].Header["kid"]; kid != "two" {
			t.Errorf("signed with %v", kid)
		}
		check.OK(t, auth.SetCredentials(fileCredentials(t)))
		if token, err := source.Token(); err != nil || token.AccessToken != "of-client-1" || len(b.seenGrants()) != 3 {
			t.Errorf("back again: %v, error %v, %d requests", token, err, len(b.seenGrants()))
		}
	})
}

func TestACallerThatLeavesWhileCredentialsAreSwappedGetsNoToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &backend{token: func(int, grantSeen) reply { return tokenReply("t", 120).taking(time.Second) }}
		auth := b.auth(t)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(500*time.Millisecond, func() {
			_ = auth.SetCredentials(maskinporten.Credentials{ClientID: "client-2", Key: fileKey(t, "two")})
			cancel()
		})
		if got, err := text(ctx, auth); got != "" || !errors.Is(err, context.Canceled) {
			t.Errorf("%q, error %v", got, err)
		}
	})
}

func TestForgetDropsOneTokenAndNoOther(t *testing.T) {
	t.Parallel()
	b := &backend{}
	auth := b.auth(t)
	first := check.Got(auth.Token(t.Context(), forScope("x")))(t)
	second := check.Got(auth.Token(t.Context(), forScope("y")))(t)
	auth.Forget(first)
	auth.Forget(first)
	auth.Forget(nil)
	if again, err := auth.Token(t.Context(), forScope("x")); err != nil || again.AccessToken == first.AccessToken {
		t.Errorf("%v, error %v", again, err)
	}
	auth.Forget(first) // long gone
	if again, err := auth.Token(t.Context(), forScope("y")); err != nil || again.AccessToken != second.AccessToken || len(b.seenGrants()) != 3 {
		t.Errorf("%v, error %v after %d requests", again, err, len(b.seenGrants()))
	}
}
