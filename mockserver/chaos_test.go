package mockserver_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func TestSDKDoesNotLeanOnAccidents(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		srv := startUnkind(t, seed)
		provider := srv.Client(srv.AddOrganization("991825827", "Digitaliseringsdirektoratet"))
		consumer := srv.Client(srv.AddOrganization("889640782", "Arbeids- og velferdsetaten"))
		ctx := t.Context()
		names := []string{}
		for _, name := range []string{"a", "b", "c"} {
			scope := must[*maskinporten.Scope](t)(provider.Scopes.Create(ctx, newScope(name)))
			names = append(names, scope.Name)
		}
		var listed []string
		for _, scope := range must[[]*maskinporten.Scope](t)(maskinporten.Collect(provider.Scopes.All(ctx, maskinporten.ScopeFilter{}))) {
			listed = append(listed, scope.Name)
		}
		slices.Sort(listed)
		if diff := cmp.Diff(names, listed); diff != "" {
			t.Errorf("seed %d: %s", seed, diff)
		}
		updated := must[*maskinporten.Scope](t)(provider.Scopes.Update(ctx, "difi:a", func(s *maskinporten.Scope) error {
			s.Description = "changed"
			s.SetTranslation(maskinporten.FieldDescription, "en", "changed too")
			return nil
		}))
		if updated.Description != "changed" || updated.Translation(maskinporten.FieldDescription, "en") != "changed too" || !updated.Active {
			t.Errorf("seed %d: %+v", seed, updated)
		}
		must[*maskinporten.Access](t)(provider.Access.Grant(ctx, "difi:a", "889640782"))
		app := must[*maskinporten.ClientRegistration](t)(consumer.Clients.Create(ctx, maskinporten.ClientCreate{Name: "app", Scopes: []string{"difi:a"}}))
		public := must[maskinporten.JSONWebKey](t)(srv.Key(0, "k1").PublicJWK())
		must[*maskinporten.JSONWebKey](t)(consumer.Clients.AddKey(ctx, app.ClientID, public))
		if err := consumer.Clients.RotateKey(ctx, app.ClientID, srv.Key(1, "k2"), maskinporten.RotateOptions{Old: "k1"}); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if _, err := provider.Scopes.Retire(ctx, "difi:a", maskinporten.ApplyOptions{}); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		sources := must[[]*maskinporten.DelegationSource](t)(maskinporten.Collect(provider.Scopes.DelegationSources(ctx)))
		if len(sources) != 1 || sources[0].LastUpdated.IsZero() {
			t.Errorf("seed %d: %+v", seed, sources)
		}
	}
}

func TestChaosStaysWithinTheContract(t *testing.T) {
	t.Parallel()
	kind := start(t)
	_, calm, err := fetch(t, kind.HTTPClient(), openList)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for seed := range uint64(30) {
		srv := must[*mockserver.Server](t)(mockserver.New(mockserver.WithChaos(seed)))
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
		must[[]*maskinporten.Prefix](t)(maskinporten.Collect(client.Scopes.Prefixes(t.Context())))
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
		srv := must[*mockserver.Server](t)(mockserver.New(mockserver.WithChaos(3), mockserver.WithTime(func() time.Time { return at })))
		var all strings.Builder
		for range 5 {
			_, body, err := fetch(t, srv.HTTPClient(), openList)
			if err != nil {
				t.Fatal(err)
			}
			all.WriteString(body)
		}
		return all.String()
	}
	if diff := cmp.Diff(answers(), answers()); diff != "" {
		t.Error(diff)
	}
}
