package desired_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/desired"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// statuses are those of the items, with their texts in order.
func statuses(result *desired.Result) []string {
	var all []string
	for _, item := range result.Items {
		all = append(all, item.Status()+" "+item.String())
	}
	return all
}

func TestAnAnswerThatWasLostIsLookedUpByWhatItMade(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"POST /scopes", "POST /clients"} {
		for times := 1; times <= 2; times++ {
			t.Run(fmt.Sprintf("%s, %d times", operation, times), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.srv.Fail(mockserver.Fault{Operation: operation, Reset: mockserver.ResetAfter, Times: times})
				w.apply(weather)
				if clients := w.named("weather-reader"); len(clients) != 1 {
					t.Errorf("%d clients were made", len(clients))
				}
			})
		}
	}
}

func TestACreateThatNeverArrivedIsMadeAgainHavingLooked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, operation := range []string{"POST /scopes", "POST /clients"} {
		w.srv.Fail(mockserver.Fault{Operation: operation, Reset: mockserver.ResetBefore, Times: 2})
	}
	result := w.apply(weather)
	if clients := w.named("weather-reader"); len(clients) != 1 || result.Items[3].ClientID != clients[0].ClientID {
		t.Errorf("clients %v, items %v", clients, statuses(result))
	}
}

func TestACreateWhoseAnswersAreAllLostIsUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.srv.Fail(mockserver.Fault{Operation: "POST /clients", Status: 500, Body: "{}"})
	var told []string
	options := desired.ApplyOptions{Progress: func(p desired.Progress) {
		told = append(told, fmt.Sprintf("%d/%d %s", p.Done, p.Total, p.Item.Status()))
	}}
	result, err := w.plan(parse(t, weather)).Apply(t.Context(), options)
	if !errors.Is(err, maskinporten.ErrOutcomeUnknown) || len(result.Failed()) != 1 || strings.Count(err.Error(), "maskinporten:") != 1 {
		t.Errorf("error %v", err)
	}
	check.Same(t, []string{"1/4 done", "2/4 done", "3/4 done", "4/4 failed"}, told, "progress")
}

func TestWhatBuildsOnWhatFailedIsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.srv.Fail(mockserver.Fault{Operation: "POST /scopes", Status: 403, Body: `{"error":"no"}`})
	result, err := w.plan(parse(t, weather)).Apply(t.Context(), desired.ApplyOptions{})
	want := []string{
		"failed + scope skatt:weather.read", "left + access skatt:weather.read 889640782", "left + access skatt:weather.read 974760673", "left + client weather-reader",
	}
	if diff := cmp.Diff(want, statuses(result)); diff != "" || !errors.Is(err, maskinporten.ErrForbidden) || !errors.Is(err, maskinporten.ErrNotAttempted) {
		t.Errorf("items (-want +got):\n%s%v", diff, err)
	}
	if text := err.Error(); !strings.HasPrefix(text, "maskinporten: desired.Apply: 0 of 4 done, 1 failed, 3 left (not attempted: Scopes.Create: 403") {
		t.Errorf("error %s", text)
	}
	if calls := w.mutations(); len(calls) != 1 {
		t.Errorf("calls %v", calls)
	}
}

func TestAScopeStaysInUseWhileAccessesCouldNotBeTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(weather)
	w.srv.Fail(mockserver.Fault{Operation: "DELETE /scopes/access/{consumer_orgno}", Status: 409, Body: `{"error":"not now"}`, Times: 1})
	result, err := w.plan(parse(t, `{"owns": {"prefixes": ["skatt"]}}`)).Apply(t.Context(), desired.ApplyOptions{AllowEmpty: true, Concurrency: 1})
	if err == nil || len(result.Done()) != 1 || len(result.Failed()) != 1 || len(result.Left()) != 1 || !w.scope("skatt:weather.read").Active {
		t.Errorf("%v, %v", statuses(result), err)
	}
}

func TestTheNewestOfThoseOutOfUseIsTakenIntoUseAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var ids []string
		for range 3 {
			old := check.Got(w.client.Clients.Create(t.Context(), maskinporten.ClientCreate{Name: "old"}))(t)
			ids = append(ids, old.ClientID)
			w.srv.Clock().Advance(1e9)
		}
		for _, i := range []int{1, 0, 2} { // in another order than they were made
			check.OK(t, w.client.Clients.Deactivate(t.Context(), ids[i]))
			w.srv.Clock().Advance(1e9)
		}
		check.Got(w.client.Clients.Update(t.Context(), ids[1], func(c *maskinporten.ClientRegistration) error { c.Description = "x"; return nil }))(t)
		changes := w.plan(parse(t, `{"clients": [{"name": "old"}]}`))
		if len(changes.Changes) != 1 || changes.Changes[0].ClientID != ids[1] {
			t.Errorf("plan %s, of %v", changes, ids)
		}
	})
}

func TestAnotherOperatorMayBeFaster(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	changes := w.plan(parse(t, weather))
	ctx := t.Context()
	check.Got(w.client.Scopes.Create(ctx, maskinporten.ScopeCreate{Prefix: "skatt", Subscope: "weather.read", Description: "theirs"}))(t)
	check.Got(w.client.Scopes.Deactivate(ctx, "skatt:weather.read"))(t)
	theirs := check.Got(w.client.Clients.Create(ctx, maskinporten.ClientCreate{Name: "weather-reader", Description: "theirs"}))(t)
	result, err := changes.Apply(ctx, desired.ApplyOptions{})
	if err != nil || result.Items[3].ClientID != theirs.ClientID {
		t.Errorf("%v, %v", statuses(result), err)
	}
	if again := w.plan(parse(t, weather)); !again.Empty() || len(w.named("weather-reader")) != 1 {
		t.Errorf("a second plan:\n%s", again)
	}
}

func TestWhatAnotherOperatorTookAwayIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(weather)
	changes := w.plan(parse(t, `{"owns": {"prefixes": ["skatt"], "clients": ["*"]}}`))
	w.apply(`{"owns": {"prefixes": ["skatt"], "clients": ["*"]}}`)
	if result, err := changes.Apply(t.Context(), everything); err != nil {
		t.Errorf("%v, %v", statuses(result), err)
	}
}

func TestASecondApplyOfTheSamePlanMakesNothingTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	changes := w.plan(parse(t, weather))
	for range 3 {
		check.Got(changes.Apply(t.Context(), desired.ApplyOptions{}))(t)
	}
	if clients := w.named("weather-reader"); len(clients) != 1 {
		t.Errorf("%d clients", len(clients))
	}
}

func TestTheSecretOfANewClientIsHandedOutOnceAndNotWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	result := w.apply(`{"clients": [{"name": "login", "integration_type": "idporten", "scopes": ["openid"],
		"token_endpoint_auth_method": "client_secret_basic", "redirect_uris": ["https://a.example.no/b"]}]}`)
	made := result.NewClients()
	if len(made) != 1 || made[0].ClientSecret.Reveal() == "" {
		t.Fatalf("made %v", made)
	}
	text, err := json.Marshal(result)
	if err != nil || strings.Contains(string(text)+fmt.Sprintf("%v %+v", result, *result), made[0].ClientSecret.Reveal()) || !strings.Contains(string(text), `"status":"done"`) {
		t.Errorf("%s, %v", text, err)
	}
}

func TestClientsOfTheContactRegisterHaveTheirScopesAnyway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(`{"clients": [{"name": "register", "integration_type": "krr", "scopes": []}]}`)
}

func TestApplyStopsWithItsContextAndGoesOnLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	state := parse(t, weather)
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("operator pressed stop")
	var told atomic.Int32
	result, err := w.plan(state).Apply(ctx, desired.ApplyOptions{Progress: func(desired.Progress) {
		if told.Add(1) == 1 {
			cancel(stopped)
		}
	}})
	if !errors.Is(err, stopped) || len(result.Left()) == 0 || len(result.Done()) == 0 {
		t.Errorf("%v, %v", statuses(result), err)
	}
	w.apply(weather)
}

func TestARunEndsWhenItIsNoLongerLetInOrNothingAnswers(t *testing.T) {
	t.Parallel()
	var clients []string
	for n := range 31 {
		clients = append(clients, fmt.Sprintf(`{"name": "client %d"}`, n))
	}
	state := `{"clients": [` + strings.Join(clients, ", ") + `]}`
	for status, most := range map[int]int{401: 1, 503: 10} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			changes := w.plan(parse(t, state))
			w.srv.Fail(mockserver.Fault{Operation: "POST /clients", Status: status})
			result, err := changes.Apply(t.Context(), desired.ApplyOptions{Concurrency: 1})
			if err == nil || len(result.Failed()) > most || len(result.Left()) < 31-most {
				t.Errorf("%d: %d failed, %d left: %v", status, len(result.Failed()), len(result.Left()), err)
			}
			_ = w.client.Close()
		})
	}
}

func TestWhatFailedTwiceIsToldInOneLine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	changes := w.plan(parse(t, `{"scopes": [{"prefix": "skatt", "subscope": "a", "description": "d"}]}`))
	check.Got(w.client.Scopes.Create(t.Context(), maskinporten.ScopeCreate{Prefix: "skatt", Subscope: "a", Description: "another's"}))(t)
	w.srv.Fail(mockserver.Fault{Operation: "PUT /scopes", Status: 400})
	result, err := changes.Apply(t.Context(), desired.ApplyOptions{})
	if len(result.Failed()) != 1 {
		t.Fatalf("%d failed: %v", len(result.Failed()), err)
	}
	err = result.Failed()[0].Err
	if !errors.Is(err, maskinporten.ErrConflict) || !errors.Is(err, maskinporten.ErrRejected) {
		t.Errorf("both reasons are to be found in %v", err)
	}
	if text := err.Error(); strings.ContainsAny(text, "\r\n") || strings.Count(text, "maskinporten: ") != 1 {
		t.Errorf("not one line with one beginning: %q", text)
	}
}
