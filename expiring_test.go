package maskinporten_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// keyClient is a client in a list, with keys that expire after some days.
func keyClient(id string, keys string) string {
	return fmt.Sprintf(`{"client_id":%q,"client_name":"Name of %s","client_orgno":"889640782","active":true%s}`, id, id, keys)
}

// fiftyClients are a list of them, whose keys have to be read.
func fiftyClients() string {
	clients := make([]string, 50)
	for i := range clients {
		clients[i] = keyClient(fmt.Sprintf("c-%d", i), "")
	}
	return "[" + strings.Join(clients, ",") + "]"
}

func TestExpiringKeysAreReportedInTheOrderInWhichTheyExpire(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 7, 2, 12, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	in := func(d time.Duration) int64 { return now.Add(d).Unix() }
	list := "[" + strings.Join([]string{
		keyClient("listed", fmt.Sprintf(`,"jwks":{"keys":[{"kid":"late","exp":%d},{"kid":"soon","exp":%d},{"kid":"gone","exp":%d}]}`,
			in(31*day), in(30*day), in(-time.Hour))),
		keyClient("read", `,"token_endpoint_auth_method":"private_key_jwt"`),
		keyClient("certified", ""),
		keyClient("secretive", `,"token_endpoint_auth_method":"client_secret_basic"`),
		keyClient("silent", `,"jwks":{"keys":[{"kid":"old","created":"2024-07-03T00:00:00Z"},
			{"kid":"renewed","created":"2024-07-03T00:00:00Z","last_updated":"2025-07-01T00:00:00Z"},{"kid":"unknown"}]}`),
	}, ",") + "]"
	client, wire := newWire(t, func(request sent) answer {
		switch request.Path {
		case "/clients":
			return answer{http.StatusOK, list}
		case "/clients/read/jwks":
			return answer{http.StatusOK, fmt.Sprintf(`{"keys":[{"kid":"today","exp":%d}]}`, in(23*time.Hour))}
		}
		return answer{http.StatusNotFound, notFound}
	}, maskinporten.WithClock(func() time.Time { return now }))
	got := check.Got(client.Clients.ExpiringKeys(t.Context(), 30*day))(t)
	line := func(id, kid string, d time.Duration, days int) maskinporten.ExpiringKey {
		return maskinporten.ExpiringKey{
			ClientID: id, ClientName: "Name of " + id, ClientOrgNo: "889640782", KeyID: kid, Expires: now.Add(d), DaysLeft: days,
		}
	}
	check.Same(t, []maskinporten.ExpiringKey{
		line("listed", "gone", -time.Hour, -1),
		line("silent", "old", 12*time.Hour, 0), // a year after it was posted
		line("read", "today", 23*time.Hour, 0),
		line("listed", "soon", 30*day, 30),
	}, got, "report")
	wire.mustHaveSentTimes(t, 3)
}

func TestNoExpiringKeysIsAnEmptyReport(t *testing.T) {
	t.Parallel()
	client, _ := newWire(t, always(http.StatusOK, `[]`))
	if got, err := client.Clients.ExpiringKeys(t.Context(), time.Hour); err != nil || got == nil || len(got) != 0 {
		t.Errorf("report %v, error %v", got, err)
	}
}

func TestKeysOfManyClientsAreReadAFewAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		client, wire := newWire(t, func(request sent) answer {
			if request.Path == "/clients" {
				return answer{http.StatusOK, fiftyClients()}
			}
			most.Store(max(most.Load(), now.Add(1)))
			time.Sleep(time.Second)
			now.Add(-1)
			return answer{http.StatusOK, `{"keys":[{"kid":"k","exp":1}]}`}
		})
		got, err := client.Clients.ExpiringKeys(t.Context(), 0)
		if err != nil || len(got) != 50 || len(wire.requests()) != 51 {
			t.Errorf("%d lines from %d requests, error %v", len(got), len(wire.requests()), err)
		}
		if most.Load() < 2 || most.Load() > 8 {
			t.Errorf("%d clients were read at a time", most.Load())
		}
	})
}

func TestTheFirstErrorEndsTheReportAndNamesTheClient(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, func(request sent) answer {
		if request.Path == "/clients" {
			return answer{http.StatusOK, fiftyClients()}
		}
		return answer{http.StatusForbidden, `{}`}
	})
	got, err := client.Clients.ExpiringKeys(t.Context(), 0)
	if got != nil || !errors.Is(err, maskinporten.ErrForbidden) || !strings.Contains(err.Error(), "client c-") {
		t.Errorf("report %v, error %v", got, err)
	}
	if n := len(wire.requests()); n > 10 {
		t.Errorf("%d requests after an error", n)
	}
}
