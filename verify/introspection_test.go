package verify_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/verify"
)

// The SDK's authenticator can ask.
var _ verify.ClientAuthenticator = (*maskinporten.Authenticator)(nil)

const opaque = "q6tN0cVhQq2vX1mZ8eJd3w"

// tokenInfo is an issuer's /tokeninfo in memory.
type tokenInfo struct {
	t *testing.T

	mu     sync.Mutex
	asked  []string // the tokens that were asked about
	tokens map[string]string
	status int
	err    error
	hang   chan struct{}
}

func newTokenInfo(t *testing.T, tokens map[string]string) *tokenInfo {
	t.Helper()
	return &tokenInfo{t: t, tokens: tokens, status: http.StatusOK}
}

func (i *tokenInfo) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	if request.Method != http.MethodPost || request.URL.String() != testIssuer+"tokeninfo" || request.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		i.t.Errorf("%s %s %s", request.Method, request.URL, request.Header)
	}
	if form.Get("client_assertion") != "assertion" || form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		i.t.Errorf("the caller doesn't prove who it is: %v", form)
	}
	i.mu.Lock()
	i.asked = append(i.asked, form.Get("token"))
	answer, ok := i.tokens[form.Get("token")]
	status, failure, hang := i.status, i.err, i.hang
	i.mu.Unlock()
	if !ok {
		answer = `{"active":false}`
	}
	if hang != nil {
		select {
		case <-hang:
		case <-request.Context().Done():
			return nil, request.Context().Err()
		}
	}
	if failure != nil {
		return nil, failure
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Location": {"https://elsewhere.invalid/"}}, Body: io.NopCloser(strings.NewReader(answer)), Request: request}, nil
}

func (i *tokenInfo) change(f func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	f()
}

func (i *tokenInfo) count() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.asked)
}

// mustHaveBeenAsked fails the test unless there were so many questions.
func (i *tokenInfo) mustHaveBeenAsked(times int) {
	i.t.Helper()
	if i.count() != times {
		i.t.Errorf("asked %d times, want %d: about %q", i.count(), times, i.asked)
	}
}

// asserted is a client that can prove itself, or can't.
type asserted struct{ err error }

func (a asserted) ClientAssertion(context.Context) (string, error) { return "assertion", a.err }

// active is an answer about a token with good claims.
func (w *world) active(changes map[string]any) string {
	w.tb.Helper()
	return `{"active":true,"expires_in":119,` + w.text(changes)[1:] + "}"
}

func (w *world) introspecting(i *tokenInfo) *verify.Verifier {
	return w.verifier(verify.WithHTTPClient(&http.Client{Transport: i}), verify.WithIntrospection(asserted{}))
}

func TestATokenByReferenceIsAskedAboutAndJudgedLikeAnyOther(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		changes map[string]any
		require verify.Requirement
		want    verify.Reason
	}{
		"good":                 {nil, verify.RequireConsumers(nav), ""},
		"another consumer":     {nil, verify.RequireConsumers(digdir), verify.ReasonConsumer},
		"another scope":        {map[string]any{"scope": "difi:other"}, verify.RequireConsumers(nav), verify.ReasonScope},
		"expired":              {map[string]any{"iat": 1, "exp": 2}, verify.RequireConsumers(nav), verify.ReasonExpired},
		"no consumer":          {map[string]any{"consumer": nil}, verify.RequireConsumers(nav), verify.ReasonConsumerMissing},
		"of another issuer":    {map[string]any{"iss": prodIssuer}, verify.RequireConsumers(nav), verify.ReasonIssuer},
		"of no issuer":         {map[string]any{"iss": nil}, verify.RequireConsumers(nav), verify.ReasonIssuerMissing},
		"used for the 1. time": {nil, verify.RequireFirstUse(1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			i := newTokenInfo(t, map[string]string{opaque: w.active(row.changes)})
			claims, err := w.introspecting(i).Verify(t.Context(), opaque, verify.RequireScope("difi:api3"), row.require)
			wantReason(t, err, row.want)
			if err == nil && (claims.Consumer.OrgNo != nav || claims.ID != "jti-1" || claims.Issuer != testIssuer) {
				t.Errorf("claims: %v", claims)
			}
			check.Same(t, []string{opaque}, i.asked, "asked about")
		})
	}
}

func TestOnlyWhatCanBeATokenByReferenceIsAskedAbout(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i := newTokenInfo(t, nil)
	v := w.introspecting(i)
	for token, want := range map[string]verify.Reason{
		"": verify.ReasonTokenMissing, "short": verify.ReasonNotSigned, strings.Repeat("x", 513): verify.ReasonNotSigned, "with a blank in it": verify.ReasonNotSigned,
		"with.one.dot.more": verify.ReasonNotSigned, "a.b.c.d.e": verify.ReasonEncrypted, "blåbærsyltetøy": verify.ReasonNotSigned, "line\nline\nline": verify.ReasonNotSigned,
	} {
		wantVerdict(t, v, token, want)
	}
	i.mustHaveBeenAsked(0)
	for _, token := range []string{strings.Repeat("x", 8), strings.Repeat("x", 512), "+/=-_~azAZ09"} {
		wantVerdict(t, v, token, verify.ReasonInactive)
	}
	i.mustHaveBeenAsked(3)
	wantVerdict(t, w.verifier(), opaque, verify.ReasonNotSigned) // without the option
}

func TestAnswersAboutTokensAreKeptForHalfAMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i := newTokenInfo(t, map[string]string{opaque: w.active(map[string]any{"exp": w.clock().Unix() + 3600})})
	v := w.introspecting(i)
	failure := errors.New("dead")
	for _, step := range []struct {
		name  string
		after time.Duration
		err   error
		token string
		want  verify.Reason
		asked int
	}{
		{"first", 0, nil, opaque, "", 1},
		{"kept", 29 * time.Second, nil, opaque, "", 1},
		{"asked again", time.Second, nil, opaque, "", 2},
		{"out of order: the last answer", 30 * time.Second, failure, opaque, "", 3},
		{"until it is too old", 5 * time.Minute, failure, opaque, verify.ReasonIntrospection, 4},
		{"another", time.Minute, nil, "made-up-token", verify.ReasonInactive, 5},
		{"kept too", 29 * time.Second, nil, "made-up-token", verify.ReasonInactive, 5},
		{"taken back", 30 * time.Second, nil, opaque, "", 6},
	} {
		w.advance(step.after)
		i.change(func() { i.err = step.err })
		_, err := verifyToken(v, step.token)
		wantReason(t, err, step.want)
		if step.want == verify.ReasonIntrospection && !errors.Is(err, failure) {
			t.Errorf("%s: %v, want the cause in it", step.name, err)
		}
		if i.count() != step.asked {
			t.Errorf("%s: asked %d times, want %d", step.name, i.count(), step.asked)
		}
	}
	i.change(func() { delete(i.tokens, opaque) })
	w.advance(30 * time.Second)
	wantVerdict(t, v, opaque, verify.ReasonInactive)
}

func TestAKeptAnswerIsJudgedAnewByEachRoute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i := newTokenInfo(t, map[string]string{opaque: w.active(map[string]any{"supplier": party(vendor)})})
	v, once := w.introspecting(i), verify.RequireFirstUse(1)
	for _, row := range []struct {
		scope string
		more  verify.Requirement
		want  verify.Reason
	}{
		{"difi:api3", once, ""},
		{"difi:other", once, verify.ReasonScope},
		{"difi:api3", verify.RequireNoSupplier(), verify.ReasonSupplier},
		{"difi:api3", once, verify.ReasonUsedBefore},
		{"difi:api3", verify.RequireSuppliers(vendor), ""},
	} {
		_, err := v.Verify(t.Context(), opaque, verify.RequireScope(row.scope), row.more)
		wantReason(t, err, row.want)
	}
	i.mustHaveBeenAsked(1)
}

func TestAKeptAnswerEndsWithItsToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i := newTokenInfo(t, map[string]string{opaque: w.active(map[string]any{"exp": w.clock().Unix() + 5})})
	v := w.introspecting(i)
	wantVerdict(t, v, opaque, "")
	w.advance(15 * time.Second) // the leeway is ten
	wantVerdict(t, v, opaque, verify.ReasonExpired)
}

func TestAnAnswerThatSaysNothingIsNoAnswer(t *testing.T) {
	t.Parallel()
	for name, breakIt := range map[string]func(i *tokenInfo){
		"no JSON": func(i *tokenInfo) { i.tokens[opaque] = "<html>" }, "an array": func(i *tokenInfo) { i.tokens[opaque] = "[]" },
		"active missing": func(i *tokenInfo) { i.tokens[opaque] = "{}" }, "active a text": func(i *tokenInfo) { i.tokens[opaque] = `{"active":"true"}` },
		"active twice":  func(i *tokenInfo) { i.tokens[opaque] = `{"active":false,"active":true}` },
		"other letters": func(i *tokenInfo) { i.tokens[opaque] = `{"Active":true}` },
		"endless":       func(i *tokenInfo) { i.tokens[opaque] = `{"active":true,"x":"` + strings.Repeat("x", 64<<10) + `"}` },
		"unauthorized":  func(i *tokenInfo) { i.status = http.StatusUnauthorized }, "server error": func(i *tokenInfo) { i.status = http.StatusBadGateway },
		"redirect": func(i *tokenInfo) { i.status = http.StatusTemporaryRedirect }, "no connection": func(i *tokenInfo) { i.err = errors.New("refused") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			i := newTokenInfo(t, map[string]string{opaque: w.active(nil)})
			breakIt(i)
			v := w.introspecting(i)
			_, err := verifyToken(v, opaque)
			wantReason(t, err, verify.ReasonIntrospection)
			if err != nil && strings.Contains(err.Error(), opaque) {
				t.Errorf("the error has the token: %v", err)
			}
			wantVerdict(t, v, opaque, verify.ReasonIntrospection) // not at once again
			i.mustHaveBeenAsked(1)
		})
	}
}

func TestWhoCannotProveItselfAsksNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i := newTokenInfo(t, nil)
	failure := errors.New("no key")
	_, err := verifyToken(w.verifier(verify.WithHTTPClient(&http.Client{Transport: i}), verify.WithIntrospection(asserted{failure})), opaque)
	wantReason(t, err, verify.ReasonIntrospection)
	if !errors.Is(err, failure) || i.count() != 0 {
		t.Errorf("%v, asked %d times", err, i.count())
	}
}

func TestOneQuestionAboutATokenServesAllWhoWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		i := newTokenInfo(t, map[string]string{opaque: w.active(nil)})
		i.hang = make(chan struct{})
		v := w.introspecting(i)
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() { wantVerdict(t, v, opaque, "") })
		}
		synctest.Wait()
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := v.Verify(impatient, opaque, verify.RequireScope("difi:api3"))
		wantReason(t, err, verify.ReasonIntrospection)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v, want the context's", err)
		}
		close(i.hang)
		all.Wait()
		i.mustHaveBeenAsked(1)
	})
}

func TestAFloodOfMadeUpTokensDisplacesNoRealOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const real = 2000
	tokens, answer := map[string]string{}, w.active(nil)
	for n := range real {
		tokens["real-token-"+strconv.Itoa(n)] = answer
	}
	i := newTokenInfo(t, tokens)
	v := w.introspecting(i)
	askAll := func() {
		for token := range tokens {
			wantVerdict(t, v, token, "")
		}
	}
	askAll()
	for n := range 8500 { // 500 too many
		_, _ = verifyToken(v, "made-up-"+strconv.Itoa(n))
	}
	before := i.count()
	askAll()
	if again := i.count() - before; again != 0 {
		t.Errorf("%d of %d real tokens were forgotten", again, real)
	}
}

func TestTheNewestOfTooManyTokensIsRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const bound = 10_000
	tokens, answer := map[string]string{}, w.active(nil)
	name := func(n int) string { return "real-token-" + strconv.Itoa(n) }
	for n := range bound + 1 {
		tokens[name(n)] = answer
	}
	i := newTokenInfo(t, tokens)
	v := w.introspecting(i)
	for n := range bound + 1 {
		wantVerdict(t, v, name(n), "")
	}
	wantVerdict(t, v, name(bound), "")
	i.mustHaveBeenAsked(bound + 1)
}

func TestTheSDKsAssertionSaysWhoAsksAndWhom(t *testing.T) {
	t.Parallel()
	key := check.Got(maskinporten.KeyFromSigner(testKey(t, 1), "kid-1"))(t)
	auth := check.Got(maskinporten.NewAuthenticator(maskinporten.Test, maskinporten.Credentials{ClientID: "client-1", Key: key}))(t)
	defer func() { _ = auth.Close() }()
	ids := map[string]bool{}
	for range 2 {
		assertion := check.Got(auth.ClientAssertion(t.Context()))(t)
		parsed := check.Got(jwt.ParseSigned(assertion, []jose.SignatureAlgorithm{jose.RS256}))(t)
		var claims jwt.Claims
		var all map[string]json.RawMessage
		check.OK(t, parsed.Claims(testKey(t, 1).Public(), &claims, &all))
		if claims.Issuer != "client-1" || claims.Subject != "client-1" || !cmp.Equal([]string(claims.Audience), []string{testIssuer}) || len(all) != 6 {
			t.Errorf("claims: %v", all)
		}
		if life := claims.Expiry.Time().Sub(claims.IssuedAt.Time()); life <= 0 || life > 120*time.Second || time.Until(claims.Expiry.Time()) <= 0 {
			t.Errorf("it lives for %s", life)
		}
		ids[claims.ID] = true
	}
	if len(ids) != 2 || ids[""] {
		t.Error("two assertions share a jti")
	}
}

func TestAnyClaimOfATokenByReferenceCanBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.introspecting(newTokenInfo(t, map[string]string{opaque: w.active(map[string]any{"odd": []string{"x.y"}})}))
	for range 2 {
		claims := check.Got(verifyToken(v, opaque))(t)
		var odd []string
		if ok, err := claims.Claim("odd", &odd); !ok || err != nil || !cmp.Equal(odd, []string{"x.y"}) {
			t.Errorf("%t %v %q", ok, err, odd)
		}
		if ok, err := claims.Claim("none", &odd); ok || err != nil {
			t.Errorf("%t %v", ok, err)
		}
	}
}
