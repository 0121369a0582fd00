package maskinporten_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

const notRegistered = `{"error":"invalid_scope","error_description":"Token request contains invalid scopes for client, x","error_uri":"https://e/MP-200"}`

// knowing is a backend that gives tokens for these scopes only.
func knowing(scopes ...string) *backend {
	return &backend{token: func(_ int, g grantSeen) reply {
		if !slices.Contains(scopes, g.scope()) {
			return reply{status: 400, body: notRegistered}
		}
		return tokenReply("for-"+g.scope(), 120)
	}}
}

// askedFor are the scopes that tokens were asked for.
func askedFor(b *backend) []string {
	var scopes []string
	for _, grant := range b.seenGrants() {
		scopes = append(scopes, grant.scope())
	}
	return scopes
}

func TestACallAsksForTheLeastScopeThatAllowsIt(t *testing.T) {
	t.Parallel()
	b := knowing(readScope, writeScope)
	client := b.client(t)
	for _, method := range []string{"GET", "PUT", "DELETE", "POST", "GET"} {
		if err := calls[method](t.Context(), client); err != nil {
			t.Errorf("%s: %v", method, err)
		}
	}
	check.Same(t, []string{readScope, writeScope}, askedFor(b), "tokens")
	if got := b.seenCalls()[0].Header.Get("Authorization"); got != "Bearer for-"+readScope {
		t.Errorf("read with %q", got)
	}
}

func TestReadsFallBackToTheWriteScopeAndRememberThat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := knowing(writeScope)
		client := b.client(t)
		for range 3 {
			check.OK(t, calls["GET"](t.Context(), client))
			time.Sleep(time.Hour)
		}
		check.Same(t, []string{readScope, writeScope, writeScope, writeScope}, askedFor(b), "tokens")
		if got := b.seenCalls()[2].Header.Get("Authorization"); got != "Bearer for-"+writeScope {
			t.Errorf("read with %q", got)
		}
	})
}

func TestReadsFallBackHoweverTheRefusalIsWorded(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"error":"invalid_scope","error_description":"Token request contains invalid scopes for client, x (correlation id: 5b1fd0e9-7a90-4b39-9f0e-2f4b3c1d2e3f)"}`,
		`{"error":"invalid_scope"}`,
		`{"error":"invalid_request","error_description":"MP-200"}`,
	} {
		b := knowing(writeScope)
		take := b.token
		b.token = func(n int, g grantSeen) reply {
			answer := take(n, g)
			if answer.status == 400 {
				answer.body = body
			}
			return answer
		}
		client := b.client(t)
		if err := calls["GET"](t.Context(), client); err != nil {
			t.Errorf("after %s: %v", body, err)
		}
	}
}

func TestTheFallbackIsRememberedForEachClientByItself(t *testing.T) {
	t.Parallel()
	b := knowing(writeScope)
	client := b.client(t)
	check.OK(t, calls["GET"](t.Context(), client))
	check.OK(t, client.Authenticator().SetCredentials(maskinporten.Credentials{ClientID: "client-2", Key: fileKey(t, "two")}))
	b.token = knowing(readScope, writeScope).token
	check.OK(t, calls["GET"](t.Context(), client))
	check.Same(t, []string{readScope, writeScope, readScope}, askedFor(b), "tokens")
}

func TestAClientWithNoneOfTheScopesIsAskedForAllOfThemAgain(t *testing.T) {
	t.Parallel()
	b := knowing()
	client := b.client(t)
	err := calls["GET"](t.Context(), client)
	const want = "maskinporten: Scopes.Get: the admin client has none of the scopes that allow this (idporten:scopes.read, idporten:scopes.write): no token for client client-1: 400 from issuer.example.test: MP-200: "
	if !errors.Is(err, maskinporten.ErrScopeNotRegistered) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v", err)
	}
	b.token = knowing(readScope).token // it was on its way
	check.OK(t, calls["GET"](t.Context(), client))
	check.Same(t, []string{readScope, writeScope, readScope}, askedFor(b), "tokens")
	check.Is(t, maskinporten.ErrScopeNotRegistered, calls["POST"](t.Context(), client), "write")
}

func TestTheFallbackIsForgottenWhenItsScopeIsTakenAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := knowing(writeScope)
		client := b.client(t)
		for _, scopes := range [][]string{{writeScope}, {}, {readScope}} {
			b.token = knowing(scopes...).token
			if err := calls["GET"](t.Context(), client); (err == nil) != (len(scopes) > 0) {
				t.Errorf("with %v: %v", scopes, err)
			}
			time.Sleep(time.Hour)
		}
		check.Same(t, []string{readScope, writeScope, writeScope, readScope}, askedFor(b), "tokens")
	})
}

func TestOtherRefusalsDoNotMakeACallFallBack(t *testing.T) {
	t.Parallel()
	for what, refusal := range map[string]reply{
		"client unknown": {status: 400, body: `{"error":"invalid_grant","error_uri":"https://e/MP-100"}`},
		"not granted":    {status: 403, body: `{"error":"forbidden","error_uri":"https://e/MP-250"}`},
		"down":           {status: 500},
	} {
		b := &backend{token: func(int, grantSeen) reply { return refusal }}
		err := calls["GET"](t.Context(), b.client(t))
		_ = asTokenError(t, err)
		check.Same(t, []string{readScope}, askedFor(b), what, ": tokens")
	}
}

func TestTheFallbackIsNotForgottenWhileTheEndpointIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := knowing(writeScope)
		client := b.client(t)
		check.OK(t, calls["GET"](t.Context(), client))
		time.Sleep(time.Hour)
		up := b.token
		b.token = func(int, grantSeen) reply { return reply{status: 500} }
		check.Is(t, maskinporten.ErrUnavailable, calls["GET"](t.Context(), client))
		b.token = up
		check.OK(t, calls["GET"](t.Context(), client))
		check.Same(t, []string{readScope, writeScope, writeScope, writeScope}, askedFor(b), "tokens")
	})
}

func TestACallerGivesUpWhileAScopeIsChosen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &backend{token: func(int, grantSeen) reply { return reply{after: 10 * time.Second} }}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		started := time.Now()
		err := calls["GET"](ctx, b.client(t))
		if failure := asAPIError(t, err); time.Since(started) != time.Second || !errors.Is(err, context.DeadlineExceeded) || failure.Attempts != 0 {
			t.Errorf("error %v after %v", err, time.Since(started))
		}
	})
}
