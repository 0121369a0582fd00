package mockserver_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func TestChaosStaysWithinTheContract(t *testing.T) {
	t.Parallel()
	kind := start(t)
	_, calm := check.Got2(fetch(t, kind.HTTPClient(), openList))(t)
	seen := map[string]bool{}
	for seed := range uint64(30) {
		srv := check.Got(mockserver.New(mockserver.WithChaos(seed)))(t)
		resp, body, err := fetch(t, srv.HTTPClient(), openList)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("seed %d: %v %v", seed, resp, err)
		}
		seen[body] = true
		var prefixes []struct {
			Prefix  string    `json:"prefix"`
			OrgNo   string    `json:"owner_orgno"`
			Active  bool      `json:"active"`
			Created time.Time `json:"created"`
		}
		if err := json.Unmarshal([]byte(body), &prefixes); err != nil {
			t.Fatalf("seed %d: %v in %s", seed, err, body)
		}
		for _, p := range prefixes {
			if !strings.HasPrefix(p.Prefix, "difi") || p.OrgNo != "991825827" || !p.Active || time.Since(p.Created).Abs() > time.Hour {
				t.Errorf("seed %d: %+v", seed, p)
			}
		}
		if len(prefixes) != strings.Count(calm, `"prefix":`) {
			t.Errorf("seed %d: %d prefixes", seed, len(prefixes))
		}
	}
	if len(seen) < 25 {
		t.Errorf("30 seeds gave %d different answers", len(seen))
	}
}

// RFC 6749, 5.1: nothing but 200 is a token's answer.
func TestChaosKeepsTheStatusOfTokens(t *testing.T) {
	t.Parallel()
	srv := startUnkind(t, 1)
	for range 5 {
		client := srv.Client(srv.AddOrganization("991825827", "Digitaliseringsdirektoratet"))
		check.Got(maskinporten.Collect(client.Scopes.Prefixes(t.Context())))(t)
	}
	for _, r := range srv.Requests() {
		if r.Operation == "POST /token" && r.Status != http.StatusOK {
			t.Errorf("%s", r)
		}
	}
}

func TestChaosIsReproducibleBySeed(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	answers := func() string {
		srv := check.Got(mockserver.New(mockserver.WithChaos(3), mockserver.WithTime(func() time.Time { return at })))(t)
		var all strings.Builder
		for range 5 {
			_, body := check.Got2(fetch(t, srv.HTTPClient(), openList))(t)
			all.WriteString(body)
		}
		return all.String()
	}
	check.Same(t, answers(), answers())
}
