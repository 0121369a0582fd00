package mockserver_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/internal/dev/rounds"
	"github.com/maskinporten-go/maskinporten/mockserver"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

const (
	digdir = maskinporten.OrgNo("991825827")
	nav    = maskinporten.OrgNo("889640782")
	vendor = maskinporten.OrgNo("910753614")
)

// world starts a server of one kind.
type world func(*testing.T, ...mockserver.Option) *mockserver.Server

// worlds are the ways in which real answers differ: each place where sources
// disagree by itself, all those that shape answers at once, and chaos.
func worlds() map[string]world {
	with := func(options ...mockserver.Option) world {
		return func(t *testing.T, more ...mockserver.Option) *mockserver.Server {
			t.Helper()
			return start(t, append(more, options...)...)
		}
	}
	all, shaping := map[string]world{"as by default": with()}, []mockserver.Variant{}
	for _, row := range variants.Rows() {
		other := mockserver.Variant(row.Name + "=" + row.Other)
		all[string(other)] = with(mockserver.WithVariants(other))
		if row.Drawn {
			shaping = append(shaping, other)
		}
	}
	all["all that shape answers"] = with(mockserver.WithVariants(shaping...))
	seeds := uint64(5)
	if rounds.RaceDetector {
		seeds = 1 // each world costs hundreds of signatures
	}
	for seed := range seeds {
		all[fmt.Sprint("chaos by seed ", seed)] = func(t *testing.T, more ...mockserver.Option) *mockserver.Server {
			t.Helper()
			return startUnkind(t, seed, more...)
		}
	}
	return all
}

// scenarios are what people do with the library, service by service. Each begins
// with a world of its own.
var scenarios = map[string]func(*testing.T, *scene){
	"where there is nothing, lists are empty": nothingThere,
	"scopes are made, changed and retired":    scopesLive,
	"a scope that is not there":               strangeScopes,
	"accesses are given and taken":            accessesLive,
	"a plan is carried out":                   planIsApplied,
	"clients are made and changed":            clientsLive,
	"keys come and go":                        keysLive,
	"secrets and names to act for":            secretsLive,
	"what everybody may read":                 openLists,
	"integrations and who is told":            integrationsLive,
	"a supplier's client":                     supplierActs,
	"tokens for every kind of request":        tokensOfAllKinds,
	"tokens by a certificate":                 tokensByCertificate,
	"refusals of tokens":                      refusalsAreKnown,
	"a clock that is wrong":                   wrongClocks,
	"one scope only":                          fewScopes,
	"a key is rotated":                        keyIsRotated,
	"keys that expire are rotated":            fleetIsRotated,
}

func TestTheSDKCopesWithEveryShapeThatAnswersHave(t *testing.T) {
	t.Parallel()
	for world, begin := range worlds() {
		for what, run := range scenarios {
			t.Run(world+"/"+what, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { run(t, sceneOn(t, begin(t))) })
			})
		}
	}
}

// all is what a list holds.
func all[T any](t *testing.T, sequence iter.Seq2[*T, error]) []*T {
	t.Helper()
	return check.Got(maskinporten.Collect(sequence))(t)
}

func nothingThere(t *testing.T, s *scene) {
	ctx := t.Context()
	newcomer := s.srv.Client(s.srv.AddOrganization(vendor, "Leverandøren"))
	withoutKeys := check.Got(s.consumer.Clients.Create(ctx, maskinporten.ClientCreate{Name: "bare", Scopes: []string{"difi:api"}}))(t)
	for what, n := range map[string]int{
		"prefixes":       len(all(t, newcomer.Scopes.Prefixes(ctx))),
		"scopes":         len(all(t, newcomer.Scopes.All(ctx, maskinporten.ScopeFilter{Inactive: true}))),
		"public scopes":  len(all(t, newcomer.Scopes.Public(ctx, maskinporten.PublicScopeFilter{DelegatedSources: true}))),
		"given":          len(all(t, newcomer.Access.Given(ctx, maskinporten.AccessFilter{}))),
		"received":       len(all(t, newcomer.Access.Received(ctx, maskinporten.AccessFilter{}))),
		"of a new scope": len(all(t, s.provider.Access.Given(ctx, maskinporten.AccessFilter{Scope: "difi:api", ConsumerOrgNo: vendor}))),
		"keys":           len(all(t, s.consumer.Clients.Keys(ctx, withoutKeys.ClientID))),
		"APIs":           len(all(t, newcomer.Integrations.APIs(ctx))),
	} {
		check.Same(t, 0, n, what)
	}
	if has := check.Got(s.provider.Access.Has(ctx, "difi:api", vendor))(t); has {
		t.Error("somebody has access who was given none")
	}
	if _, err := s.provider.Access.Get(ctx, "difi:api", vendor); !errors.Is(err, maskinporten.ErrNotFound) {
		t.Errorf("an access that isn't there: %v", err)
	}
	check.Got(s.consumer.Clients.AddKey(ctx, withoutKeys.ClientID, check.Got(s.srv.Key(3, "k3").PublicJWK())(t)))(t)
	check.Same(t, 1, len(check.Got(s.provider.Access.Plan(ctx, "difi:api", nil))(t).Revoke))
}

func scopesLive(t *testing.T, s *scene) {
	ctx := t.Context()
	create := newScope("b/c.d")
	create.Visibility, create.AtMaxAge, create.DelegationSource = maskinporten.VisibilityPublic, 60, "https://tt02.altinn.no/"
	create.AllowedIntegrationTypes = []maskinporten.IntegrationType{maskinporten.IntegrationTypeMaskinporten}
	if _, err := s.provider.Scopes.FindCreated(ctx, create); !errors.Is(err, maskinporten.ErrNotFound) {
		t.Errorf("before it is made: %v", err)
	}
	made := check.Got(s.provider.Scopes.Create(ctx, create))(t)
	if made.Name != "difi:b/c.d" || !made.Active || made.AtMaxAge != 60 || made.Created.IsZero() {
		t.Errorf("%+v", made)
	}
	check.Got(s.provider.Scopes.FindCreated(ctx, create))(t)
	if _, err := s.provider.Scopes.Create(ctx, create); !errors.Is(err, maskinporten.ErrConflict) {
		t.Errorf("made twice: %v", err)
	}
	changed := check.Got(s.provider.Scopes.Update(ctx, made.Name, func(scope *maskinporten.Scope) error {
		scope.Description, scope.EnforcedAudForAccessToken = "changed", "https://api.example.no"
		scope.SetTranslation(maskinporten.FieldDescription, "en", "changed too")
		return nil
	}))(t)
	got := check.Got(s.provider.Scopes.Get(ctx, made.Name))(t)
	for _, scope := range []*maskinporten.Scope{changed, got} {
		if scope.Description != "changed" || scope.Translation(maskinporten.FieldDescription, "en") != "changed too" || scope.AtMaxAge != 60 || !scope.Active ||
			scope.EnforcedAudForAccessToken != "https://api.example.no" || !slices.Equal(scope.AllowedIntegrationTypes, create.AllowedIntegrationTypes) {
			t.Errorf("%+v", scope)
		}
	}
	if n := len(all(t, s.consumer.Scopes.Public(ctx, maskinporten.PublicScopeFilter{Prefix: "difi", DelegatedSources: true}))); n != 1 {
		t.Errorf("%d public scopes", n)
	}
	if off := check.Got(s.provider.Scopes.Deactivate(ctx, made.Name))(t); off.Active || off.Name != made.Name {
		t.Errorf("%+v", off)
	}
	if n := len(all(t, s.provider.Scopes.All(ctx, maskinporten.ScopeFilter{}))); n != 1 {
		t.Errorf("%d active scopes", n)
	}
	if n := len(all(t, s.provider.Scopes.All(ctx, maskinporten.ScopeFilter{Inactive: true}))); n != 2 {
		t.Errorf("%d scopes", n)
	}
	if n := len(all(t, s.provider.Scopes.All(ctx, maskinporten.ScopeFilter{Name: "difi:api"}))); n != 1 {
		t.Errorf("%d scopes of one name", n)
	}
	if on := check.Got(s.provider.Scopes.Reactivate(ctx, made.Name))(t); !on.Active || on.Description != "changed" {
		t.Errorf("%+v", on)
	}
}

func strangeScopes(t *testing.T, s *scene) {
	ctx := t.Context()
	if _, err := s.provider.Scopes.Get(ctx, "difi:none"); !errors.Is(err, maskinporten.ErrNotFound) {
		t.Errorf("unknown: %v", err)
	}
	if _, err := s.consumer.Scopes.Get(ctx, "difi:api"); !errors.Is(err, maskinporten.ErrForbidden) {
		t.Errorf("another's: %v", err)
	}
	if _, err := s.consumer.Scopes.Create(ctx, newScope("mine")); !errors.Is(err, maskinporten.ErrForbidden) {
		t.Errorf("below another's prefix: %v", err)
	}
	create := newScope("x")
	create.DelegationSource = "https://nowhere.example.no/"
	var refusal *maskinporten.APIError
	if _, err := s.provider.Scopes.Create(ctx, create); !errors.As(err, &refusal) || !errors.Is(err, maskinporten.ErrRejected) || refusal.CorrelationID == "" {
		t.Errorf("a source that isn't listed: %v", err)
	}
	if _, err := s.consumer.Access.Grant(ctx, "difi:api", vendor); !errors.Is(err, maskinporten.ErrForbidden) {
		t.Errorf("access to another's scope: %v", err)
	}
}

func accessesLive(t *testing.T, s *scene) {
	ctx := t.Context()
	if _, err := s.provider.Access.Revoke(ctx, "difi:api", vendor); !errors.Is(err, maskinporten.ErrNotFound) {
		t.Errorf("taken from one who has none: %v", err)
	}
	for range 2 { // again is the same
		if access := check.Got(s.provider.Access.Grant(ctx, "difi:api", vendor))(t); !access.Approved() || access.ConsumerOrgNo != vendor || access.Scope != "difi:api" {
			t.Errorf("%+v", access)
		}
	}
	if n := len(given(t, s.provider)); n != 2 {
		t.Errorf("%d accesses", n)
	}
	if got := check.Got(s.provider.Access.Get(ctx, "difi:api", vendor))(t); got.OwnerOrgNo != digdir {
		t.Errorf("%+v", got)
	}
	if received := all(t, s.consumer.Access.Received(ctx, maskinporten.AccessFilter{Scope: "difi:api"})); len(received) != 1 || received[0].OwnerOrgNo != digdir {
		t.Errorf("%+v", received)
	}
	if access := check.Got(s.provider.Access.Revoke(ctx, "difi:api", vendor))(t); access.Approved() {
		t.Errorf("%+v", access)
	}
	if has := check.Got(s.provider.Access.Has(ctx, "difi:api", vendor))(t); has || len(given(t, s.provider)) != 1 {
		t.Error("it was taken back, and is there")
	}
}

func planIsApplied(t *testing.T, s *scene) {
	ctx := t.Context()
	wanted := []maskinporten.OrgNo{vendor}
	for n := range 10 {
		wanted = append(wanted, mockserver.SampleOrgNo(n))
	}
	plan := check.Got(s.provider.Access.Plan(ctx, "difi:api", wanted))(t)
	result := check.Got(plan.Apply(ctx, maskinporten.ApplyOptions{}))(t)
	if len(plan.Grant) != len(wanted) || !slices.Equal(plan.Revoke, []maskinporten.OrgNo{nav}) || len(result.Done()) != len(wanted)+1 || len(given(t, s.provider)) != len(wanted) {
		t.Errorf("%v: %+v", plan, result)
	}
	if again := check.Got(s.provider.Access.Plan(ctx, "difi:api", wanted))(t); !again.Empty() {
		t.Errorf("a second plan: %v", again)
	}
	check.Got(s.provider.Scopes.Retire(ctx, "difi:api", maskinporten.ApplyOptions{}))(t)
	if scope := check.Got(s.provider.Scopes.Get(ctx, "difi:api"))(t); scope.Active || len(given(t, s.provider)) != 0 {
		t.Errorf("retired: %+v", scope)
	}
	if received := all(t, s.consumer.Access.Received(ctx, maskinporten.AccessFilter{})); len(received) != 0 {
		t.Errorf("%+v", received)
	}
}

func openLists(t *testing.T, s *scene) {
	ctx := t.Context()
	if prefixes := all(t, s.provider.Scopes.Prefixes(ctx)); len(prefixes) == 0 || prefixes[0].OwnerOrgNo != digdir || !prefixes[0].Active {
		t.Errorf("%+v", prefixes)
	}
	if prefixes := all(t, s.consumer.Scopes.AllPrefixes(ctx, maskinporten.PrefixFilter{Inactive: true})); len(prefixes) == 0 {
		t.Errorf("%+v", prefixes)
	}
	if sources := all(t, s.consumer.Scopes.DelegationSources(ctx)); len(sources) != 1 || sources[0].Issuer != "https://tt02.altinn.no/" || sources[0].LastUpdated.IsZero() {
		t.Errorf("%+v", sources)
	}
	organization := check.Got(s.consumer.Organization(ctx, digdir))(t)
	if organization.Name == "" || organization.OrgNo != digdir {
		t.Errorf("%+v", organization)
	}
}

func integrationsLive(t *testing.T, s *scene) {
	ctx := t.Context()
	integrations := all(t, s.consumer.Integrations.All(ctx, maskinporten.IntegrationFilter{OrgNo: nav, UpdatedSince: s.srv.Clock().Now().Add(-time.Hour)}))
	if len(integrations) < 2 || integrations[0].Kind != maskinporten.IntegrationKindMaskinporten { // the admin client is one
		t.Errorf("%+v", integrations)
	}
	got := check.Got(s.consumer.Integrations.Get(ctx, s.app.ClientID))(t)
	if !got.Active || got.CustomerOrgNo != nav {
		t.Errorf("%+v", got)
	}
	if offered := all(t, s.provider.Integrations.APIs(ctx)); len(offered) != 1 || offered[0].CustomerOrgNo != digdir || offered[0].ConsumerCount != 1 {
		t.Errorf("%+v", offered)
	}
	for n, mail := range []string{"drift@nav.no", "vakt@nav.no"} {
		saved := check.Got(s.consumer.Integrations.UpdateMerchantData(ctx, s.app.ClientID, func(d *maskinporten.MerchantData) error {
			d.NotificationPoints = append(d.NotificationPoints, mail)
			return nil
		}, maskinporten.MerchantDataOptions{}))(t)
		if diff := cmp.Diff(saved, check.Got(s.consumer.Integrations.MerchantData(ctx, s.app.ClientID))(t)); diff != "" || len(saved.NotificationPoints) != n+1 {
			t.Errorf("%+v\n%s", saved, diff)
		}
	}
	for _, untold := range all(t, s.consumer.Integrations.WithoutNotificationPoints(ctx)) {
		if untold.ID == s.app.ClientID {
			t.Error("one that has notification points has none")
		}
	}
}

func given(t *testing.T, client *maskinporten.Client) []*maskinporten.Access {
	t.Helper()
	return check.Got(maskinporten.Collect(client.Access.Given(t.Context(), maskinporten.AccessFilter{Scope: "difi:api"})))(t)
}
