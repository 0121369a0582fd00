package desired_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/desired"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// draw makes worlds and states by chance.
type draw struct{ *rand.Rand }

func (d draw) yes(percent int) bool { return d.IntN(100) < percent }

func some[T any](d draw, percent int, from []T) []T {
	picked := []T{}
	for _, value := range from {
		if d.yes(percent) {
			picked = append(picked, value)
		}
	}
	return picked
}

func oneOf[T any](d draw, from ...T) T { return from[d.IntN(len(from))] }

var (
	scopePool  = []string{"skatt:a", "skatt:a/b", "skatt:c.d", "skatt:e", "skattetest:a", "skattetest:b:c", "skattetest:d"}
	clientPool = []string{"web-1", "web-2", "web/3", "job-1", "job-2", "jøb 3"}
	consumers  = []maskinporten.OrgNo{nav, brreg, vendor, "971032081", "974761076", "991825827"}
)

func (d draw) scope(name string) maskinporten.ScopeCreate {
	prefix, subscope, _ := strings.Cut(name, ":")
	create := maskinporten.ScopeCreate{
		Prefix: prefix, Subscope: subscope, Description: oneOf(d, "one", "two", "Ærlig <talt> & \"sånn\""), LongDescription: oneOf(d, "", "", "long"),
		AtMaxAge: oneOf(d, 0, 0, 60), AccessibleForAll: d.yes(20), Visibility: oneOf(d, "", maskinporten.VisibilityPublic, maskinporten.VisibilityPrivate),
		AllowedIntegrationTypes: oneOf(d, nil, []maskinporten.IntegrationType{}, []maskinporten.IntegrationType{"maskinporten"}, []maskinporten.IntegrationType{"krr", "maskinporten"}),
	}
	if d.yes(30) {
		create.SetTranslation(maskinporten.FieldDescription, oneOf(d, "en", "nn"), oneOf(d, "x", "y"))
	}
	return create
}

func (d draw) client(name string, scopes []string) maskinporten.ClientCreate {
	return maskinporten.ClientCreate{
		Name: name, Description: oneOf(d, "", "one", "two"), Scopes: some(d, 40, scopes), AccessTokenLifetime: oneOf(d, 0, 0, 30, 60),
		LogoURI: oneOf(d, "", "https://a.example.no/l.png"),
	}
}

// world fills the mock by chance.
func (d draw) world(ctx context.Context, must func(error), client *maskinporten.Client) {
	made := some(d, 60, scopePool)
	for _, name := range made {
		_, err := client.Scopes.Create(ctx, d.scope(name))
		must(err)
		for _, consumer := range some(d, 40, consumers) {
			_, err := client.Access.Grant(ctx, name, consumer)
			must(err)
			if d.yes(20) {
				_, err := client.Access.Revoke(ctx, name, consumer)
				must(err)
			}
		}
	}
	for _, name := range clientPool {
		for range d.IntN(3) { // earlier ones of the name, out of use
			old, err := client.Clients.Create(ctx, d.client(name, nil))
			must(err)
			must(client.Clients.Deactivate(ctx, old.ClientID))
		}
		if d.yes(50) {
			_, err := client.Clients.Create(ctx, d.client(name, made))
			must(err)
		}
	}
	for _, name := range some(d, 25, made) {
		_, err := client.Scopes.Deactivate(ctx, name)
		must(err)
	}
}

// state is what is wanted, by chance.
func (d draw) state() *desired.State {
	s := &desired.State{Owns: desired.Owns{
		Prefixes: some(d, 60, []string{"skatt", "skattetest"}),
		Clients:  some(d, 50, []string{"web*", "job-*", "j*3", "*-2"}),
	}}
	names := some(d, 60, scopePool)
	for _, name := range names {
		scope := desired.Scope{ScopeCreate: d.scope(name)}
		if d.yes(80) {
			scope.Access = some(d, 40, consumers)
		}
		s.Scopes = append(s.Scopes, scope)
	}
	for _, name := range some(d, 60, clientPool) {
		s.Clients = append(s.Clients, desired.Client{ClientCreate: d.client(name, names)})
	}
	return s
}

// seen is the real state, of scopes and clients in and out of use.
type seen struct {
	Scopes  map[string]maskinporten.Scope
	Access  map[string][]maskinporten.OrgNo
	Clients map[string]maskinporten.ClientRegistration // by id
}

func look(ctx context.Context, must func(error), client *maskinporten.Client) seen {
	s := seen{Scopes: map[string]maskinporten.Scope{}, Access: map[string][]maskinporten.OrgNo{}, Clients: map[string]maskinporten.ClientRegistration{}}
	for scope, err := range client.Scopes.All(ctx, maskinporten.ScopeFilter{Inactive: true}) {
		must(err)
		scope.Created, scope.LastUpdated = time.Time{}, time.Time{}
		slices.Sort(scope.AllowedIntegrationTypes)
		s.Scopes[scope.Name] = *scope
	}
	for access, err := range client.Access.Given(ctx, maskinporten.AccessFilter{}) {
		must(err)
		s.Access[access.Scope] = append(s.Access[access.Scope], access.ConsumerOrgNo)
	}
	for _, list := range s.Access {
		slices.Sort(list)
	}
	for registration, err := range client.Clients.All(ctx, maskinporten.ClientFilter{Inactive: true}) {
		must(err)
		registration.Created, registration.LastUpdated, registration.JWKS = time.Time{}, time.Time{}, nil
		slices.Sort(registration.Scopes)
		s.Clients[registration.ClientID] = *registration
	}
	return s
}

// expected says, by itself, what a state makes of what there was.
func expected(was seen, state *desired.State, self string) seen {
	is := seen{Scopes: maps.Clone(was.Scopes), Access: maps.Clone(was.Access), Clients: maps.Clone(was.Clients)}
	named := map[string]bool{}
	for _, wanted := range state.Scopes {
		name := wanted.Name()
		named[name] = true
		scope := is.Scopes[name]
		scope.Name, scope.Prefix, scope.Subscope, scope.OwnerOrgNo, scope.Active = name, wanted.Prefix, wanted.Subscope, owner, true
		scope.Description, scope.LongDescription, scope.AtMaxAge, scope.AccessibleForAll = wanted.Description, wanted.LongDescription, wanted.AtMaxAge, wanted.AccessibleForAll
		scope.Extra = maps.Clone(wanted.Extra)
		if wanted.Visibility != "" {
			scope.Visibility = wanted.Visibility
		}
		if scope.Visibility == "" {
			scope.Visibility = maskinporten.VisibilityPrivate
		}
		scope.TokenType = maskinporten.TokenTypeSelfContained
		if wanted.AllowedIntegrationTypes != nil {
			scope.AllowedIntegrationTypes = slices.Sorted(slices.Values(wanted.AllowedIntegrationTypes))
		}
		is.Scopes[name] = scope
		if wanted.Access != nil {
			all := slices.Concat(wanted.Access)
			if !slices.Contains(state.Owns.Prefixes, wanted.Prefix) {
				all = append(all, is.Access[name]...)
			}
			slices.Sort(all)
			is.Access[name] = slices.Compact(all)
		}
	}
	for name, scope := range is.Scopes {
		if !named[name] && slices.Contains(state.Owns.Prefixes, scope.Prefix) {
			scope.Active = false
			is.Scopes[name] = scope
			delete(is.Access, name)
		}
	}
	for id, client := range is.Clients {
		ours := slices.ContainsFunc(state.Clients, func(c desired.Client) bool { return c.Name == client.Name })
		if client.Active && !ours && id != self && fitsAny(state.Owns.Clients, client.Name) {
			client.Active = false
			is.Clients[id] = client
		}
	}
	return is
}

// fitsAny is written out for the patterns of these tests.
func fitsAny(patterns []string, name string) bool {
	owned := map[string][]string{"web*": {"web-1", "web-2", "web/3"}, "job-*": {"job-1", "job-2"}, "j*3": {"jøb 3"}, "*-2": {"web-2", "job-2"}}
	return slices.ContainsFunc(patterns, func(p string) bool { return slices.Contains(owned[p], name) })
}

// compare holds what there is against what was expected. Wanted clients are
// compared by name: one of each is in use, as wanted.
func compare(t *testing.T, want, got seen, state *desired.State) {
	t.Helper()
	for _, wanted := range state.Clients {
		var active []maskinporten.ClientRegistration
		for id, client := range got.Clients {
			if client.Name == wanted.Name {
				if client.Active {
					active = append(active, client)
				}
				delete(got.Clients, id)
				delete(want.Clients, id)
			}
		}
		if len(active) != 1 {
			t.Errorf("%d clients %q are in use", len(active), wanted.Name)
			continue
		}
		is := active[0]
		if is.Description != wanted.Description || is.LogoURI != wanted.LogoURI || wanted.AccessTokenLifetime != 0 && is.AccessTokenLifetime != wanted.AccessTokenLifetime ||
			!slices.Equal(is.Scopes, slices.Sorted(slices.Values(wanted.Scopes))) {
			t.Errorf("client %+v, want %+v", is, wanted)
		}
	}
	maps.DeleteFunc(want.Access, func(_ string, list []maskinporten.OrgNo) bool { return len(list) == 0 })
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(maskinporten.Secret{})); diff != "" {
		t.Errorf("what there is (-want +got):\n%s", diff)
	}
}

// faults are what may happen to each call, more than one would stand for.
func faults() []mockserver.Fault {
	return []mockserver.Fault{
		{Reset: mockserver.ResetAfter, Probability: 0.08},
		{Reset: mockserver.ResetBefore, Probability: 0.05},
		{Status: 503, Body: "<html>down</html>", ContentType: "text/html", Probability: 0.05},
		{Status: 500, Body: "{}", Probability: 0.04},
		{Status: 429, Probability: 0.04},
		{Truncate: true, Probability: 0.06},
	}
}

// From any world, whatever goes wrong on the way, a state is reached by
// planning and applying again, and then there is nothing left to do.
func TestAnyStateIsReachedFromAnyWorldThroughFaultsOnEveryCall(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { reach(t, seed) })
		})
	}
}

func reach(t *testing.T, seed uint64) {
	d := draw{rand.New(rand.NewPCG(seed, 14))} //nolint:gosec // a test that can be told again
	srv := check.Got(mockserver.New(mockserver.WithSeed(seed), mockserver.WithChaos(seed)))(t)
	client := srv.Client(srv.AddOrganization(owner, "Skatteetaten").AssignPrefix("skatt").AssignPrefix("skattetest"))
	defer func() { _ = client.Close() }()
	ctx := t.Context()
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	d.world(ctx, must, client)
	state, was := d.state(), look(ctx, must, client)

	for _, fault := range faults() {
		srv.Fail(fault)
	}
	options := everything
	options.Concurrency = 1 + d.IntN(8)
	rounds := 0
	for done := false; !done; rounds++ {
		if rounds == 200 {
			t.Fatal("it is never reached")
		}
		changes, err := desired.Plan(ctx, client, state, desired.Options{})
		if err != nil {
			continue
		}
		_, err = changes.Apply(ctx, options)
		if err == nil && d.yes(30) { // the same plan again does no harm
			_, err = changes.Apply(ctx, options)
		}
		done = err == nil
	}
	srv.ClearFaults()

	self := client.Authenticator().ClientID()
	compare(t, expected(was, state, self), look(ctx, must, client), state)
	again, err := desired.Plan(ctx, client, state, desired.Options{})
	must(err)
	if !again.Empty() {
		t.Errorf("after %d rounds there is still something to do:\n%s", rounds, again)
	}
}
