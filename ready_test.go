package maskinporten_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// waitReady has the admin client wait for a token of the client app.
func waitReady(ctx context.Context, t *testing.T, service *selfService, options maskinporten.WaitOptions) (*oauth2.Token, error) {
	t.Helper()
	credentials := maskinporten.Credentials{ClientID: "app", Key: signingKey(t, 1, "old")}
	return service.admin(t).Clients.WaitReady(ctx, credentials, forScope("difi:api3"), options)
}

func TestWaitingEndsWhenTheTokenEndpointKnowsTheClient(t *testing.T) {
	t.Parallel()
	for _, refusal := range []string{"MP-100", "MP-200", "MP-250", "MP-251"} {
		synctest.Test(t, func(t *testing.T) {
			service := newSelfService(t)
			ready := time.Now().Add(90 * time.Second)
			service.refuse = func(clientID, _, _ string) (string, bool) {
				return refusal, clientID == "app" && time.Now().Before(ready)
			}
			var reports []maskinporten.WaitProgress
			token, err := waitReady(t.Context(), t, service, maskinporten.WaitOptions{
				Progress: func(progress maskinporten.WaitProgress) { reports = append(reports, progress) },
			})
			if err != nil || token.AccessToken != "token-for-difi:api3" {
				t.Fatalf("%s: token %+v, error %v", refusal, token, err)
			}
			if late := time.Since(ready); late < 0 || late > 12*time.Second {
				t.Errorf("%s: ready %v after the token endpoint was", refusal, late)
			}
			if len(reports) < 5 || len(reports) > 20 {
				t.Errorf("%s: %d reports", refusal, len(reports))
			}
			for i, report := range reports {
				refused, ok := errors.AsType[*maskinporten.TokenError](report.Err)
				if report.Attempt != i+1 || report.Next < 900*time.Millisecond || report.Next > 11*time.Second || !ok || refused.MP != refusal {
					t.Errorf("%s: report %+v", refusal, report)
				}
			}
		})
	}
}

func TestWaitingStartsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		_, err := waitReady(t.Context(), t, newSelfService(t), maskinporten.WaitOptions{})
		if err != nil || time.Since(started) != 0 {
			t.Errorf("after %v, error %v", time.Since(started), err)
		}
	})
}

func TestAHopelessRefusalIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	for _, refusal := range []string{"MP-011", "MP-110", "MP-121", "MP-122", "MP-124", "MP-201", "MP-303"} {
		synctest.Test(t, func(t *testing.T) {
			service := newSelfService(t)
			service.refuse = func(string, string, string) (string, bool) { return refusal, true }
			started := time.Now()
			_, err := waitReady(t.Context(), t, service, maskinporten.WaitOptions{})
			refused, ok := errors.AsType[*maskinporten.TokenError](err)
			if !ok || refused.MP != refusal || time.Since(started) != 0 {
				t.Errorf("%s: after %v, error %v", refusal, time.Since(started), err)
			}
		})
	}
}

func TestWaitingEndsInTimeAndSaysWhatItWaitedFor(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		limit   time.Duration
		options maskinporten.WaitOptions
		cancel  bool
		want    time.Duration
		reason  error
	}{
		"by default":                {0, maskinporten.WaitOptions{}, false, 16 * time.Minute, context.DeadlineExceeded},
		"as told":                   {0, maskinporten.WaitOptions{MaxWait: time.Minute}, false, time.Minute, context.DeadlineExceeded},
		"by the caller's deadline":  {20 * time.Second, maskinporten.WaitOptions{}, false, 20 * time.Second, context.DeadlineExceeded},
		"when the caller gives up":  {20 * time.Second, maskinporten.WaitOptions{}, true, 20 * time.Second, context.Canceled},
		"as told, without patience": {0, maskinporten.WaitOptions{MaxWait: time.Millisecond}, false, time.Millisecond, context.DeadlineExceeded},
	} {
		inBubble(t, what, func(t *testing.T) {
			service := newSelfService(t)
			service.refuse = func(clientID, _, _ string) (string, bool) { return "MP-100", clientID == "app" }
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			switch {
			case test.cancel:
				time.AfterFunc(test.limit, cancel)
			case test.limit > 0:
				ctx, cancel = context.WithTimeout(ctx, test.limit)
				defer cancel()
			}
			started := time.Now()
			_, err := waitReady(ctx, t, service, test.options)
			if took := time.Since(started); took != test.want {
				t.Errorf("gave up after %v, want %v", took, test.want)
			}
			if !errors.Is(err, test.reason) || !errors.Is(err, maskinporten.ErrClientNotFound) || !strings.Contains(err.Error(), "waiting for a token") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestWaitingOutlastsANetworkThatIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		service := newSelfService(t)
		service.diesAt = 1 // every request from the first on
		time.AfterFunc(time.Minute, service.reborn)
		check.Got(waitReady(t.Context(), t, service, maskinporten.WaitOptions{}))(t)
	})
}

func TestAContextThatHasEndedWaitsForNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := waitReady(ctx, t, newSelfService(t), maskinporten.WaitOptions{})
	check.Is(t, context.Canceled, err)
}

func TestWaitingRefusesWhatCannotBeRight(t *testing.T) {
	t.Parallel()
	client := newSelfService(t).admin(t)
	for what, err := range map[string]error{
		"no credentials": ignored(client.Clients.WaitReady(t.Context(), maskinporten.Credentials{}, forScope("difi:api3"), maskinporten.WaitOptions{})),
		"no scopes": ignored(client.Clients.WaitReady(t.Context(),
			maskinporten.Credentials{ClientID: "app", Key: signingKey(t, 1, "old")}, maskinporten.TokenRequest{}, maskinporten.WaitOptions{})),
	} {
		check.Is(t, maskinporten.ErrInvalidArgument, err, what)
	}
}
