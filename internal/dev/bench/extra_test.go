package bench_test

import (
	"context"
	"iter"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/rounds"
)

// For encoding/json alone, without the SDK's methods.
type (
	bareAccess      maskinporten.Access
	barePrefix      maskinporten.Prefix
	bareIntegration maskinporten.Integration
	bareAPI         maskinporten.OfferedAPI
)

// costOfList returns how many allocations a list of n elements takes with
// encoding/json into values, and through the SDK.
func costOfList[Bare, T any](t *testing.T, n int, element string, read func(context.Context, *maskinporten.Client) iter.Seq2[*T, error]) (plain, subject float64) {
	t.Helper()
	list := "[" + strings.Repeat(element+",", n-1) + element + "]"
	s := &service{api: always([]byte(list))}
	bare, client := s.http(), s.client(t)
	_, plain = rounds.Allocated(1, func() {
		var all []Bare
		if err := bareList(t.Context(), bare, &all); err != nil || len(all) != n {
			t.Errorf("%d elements, error %v", len(all), err)
		}
	})
	_, subject = rounds.Allocated(1, func() {
		got := 0
		for _, err := range read(t.Context(), client) {
			if err != nil {
				t.Fatal(err)
			}
			got++
		}
		if got != n {
			t.Errorf("%d elements of %d", got, n)
		}
	})
	return plain, subject
}

// Fields that the SDK doesn't know cost a list nothing; of scopes, neither do
// the signs of translations where there are none.
func TestUnknownFieldsCostNothingInLists(t *testing.T) { //nolint:paralleltest // counts what is allocated
	if rounds.RaceDetector {
		t.Skip("the race detector allocates")
	}
	const n, constant = 500, 100
	const future = `"from_the_future":{"a":[1,2,{"b":"#"}]},"created":"2025-07-02T08:30:00Z"}`
	for what, cost := range map[string]func() (plain, subject float64){
		"scopes": func() (float64, float64) {
			return costOfList[bareScope](t, n, `{"prefix":"difi","name":"difi:a","description":"# A heading","allowed_integration_types":["maskinporten"],`+future,
				func(ctx context.Context, c *maskinporten.Client) iter.Seq2[*maskinporten.Scope, error] {
					return c.Scopes.All(ctx, maskinporten.ScopeFilter{})
				})
		},
		"accesses": func() (float64, float64) {
			return costOfList[bareAccess](t, n, `{"scope":"difi:a","consumer_orgno":"889640782","state":"APPROVED",`+future,
				func(ctx context.Context, c *maskinporten.Client) iter.Seq2[*maskinporten.Access, error] {
					return c.Access.Given(ctx, maskinporten.AccessFilter{})
				})
		},
		"clients": func() (float64, float64) {
			return costOfList[bareClient](t, n, `{"client_id":"a","client_name":"b","scopes":["difi:a"],`+future,
				func(ctx context.Context, c *maskinporten.Client) iter.Seq2[*maskinporten.ClientRegistration, error] {
					return c.Clients.All(ctx, maskinporten.ClientFilter{})
				})
		},
		"prefixes": func() (float64, float64) {
			return costOfList[barePrefix](t, n, `{"prefix":"difi","owner_orgno":"991825827",`+future,
				func(ctx context.Context, c *maskinporten.Client) iter.Seq2[*maskinporten.Prefix, error] {
					return c.Scopes.AllPrefixes(ctx, maskinporten.PrefixFilter{})
				})
		},
		"integrations": func() (float64, float64) {
			return costOfList[bareIntegration](t, n, `{"id":"a","integration_type":"MASKINPORTEN",`+future,
				func(ctx context.Context, c *maskinporten.Client) iter.Seq2[*maskinporten.Integration, error] {
					return c.Integrations.All(ctx, maskinporten.IntegrationFilter{})
				})
		},
		"APIs": func() (float64, float64) {
			return costOfList[bareAPI](t, n, `{"customer_organization_number":"991825827","prefix":["difi"],`+future,
				func(ctx context.Context, c *maskinporten.Client) iter.Seq2[*maskinporten.OfferedAPI, error] {
					return c.Integrations.APIs(ctx)
				})
		},
	} {
		plain, subject := cost()
		t.Logf("%s: %.2f allocations for each, %.2f with encoding/json alone", what, subject/n, plain/n)
		if subject > plain+n+constant { // the SDK makes a pointer of each
			t.Errorf("%s: %.0f allocations for %d, %.0f with encoding/json alone", what, subject, n, plain)
		}
	}
}
