package desired_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/desired"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// Consumers of the tests: numbers that the public documentation uses.
const (
	owner  = maskinporten.OrgNo("974761076")
	nav    = maskinporten.OrgNo("889640782")
	brreg  = maskinporten.OrgNo("974760673")
	vendor = maskinporten.OrgNo("910753614")
)

// world is a mock with an organisation that keeps its things by states.
type world struct {
	t      *testing.T
	srv    *mockserver.Server
	client *maskinporten.Client
}

func newWorld(t *testing.T, options ...mockserver.Option) *world {
	t.Helper()
	srv := mockserver.Start(t, options...)
	srv.AddOrganization(nav, "Arbeids- og velferdsetaten")
	return &world{t: t, srv: srv, client: srv.Client(srv.AddOrganization(owner, "Skatteetaten").AssignPrefix("skatt").AssignPrefix("skattetest"))}
}

func parse(t *testing.T, text string) *desired.State {
	t.Helper()
	return check.Got(desired.Parse([]byte(text)))(t)
}

func (w *world) plan(state *desired.State) *desired.ChangeSet {
	w.t.Helper()
	changes := check.Got(desired.Plan(w.t.Context(), w.client, state, desired.Options{}))(w.t)
	return changes
}

// everything allows all that is refused by default.
var everything = desired.ApplyOptions{AllowEmpty: true, MaxRemovedPercent: 100}

// apply brings the world to a state, and looks that nothing is left to do.
func (w *world) apply(text string) *desired.Result {
	w.t.Helper()
	state := parse(w.t, text)
	result := check.Got(w.plan(state).Apply(w.t.Context(), everything))(w.t)
	if again := w.plan(state); !again.Empty() {
		w.t.Errorf("a second plan:\n%s", again)
	}
	return result
}

// given are the organisations with access to a scope.
func (w *world) given(scope string) []maskinporten.OrgNo {
	w.t.Helper()
	var all []maskinporten.OrgNo
	for access, err := range w.client.Access.Given(w.t.Context(), maskinporten.AccessFilter{Scope: scope}) {
		if err != nil {
			w.t.Fatal(err)
		}
		if access.Approved() {
			all = append(all, access.ConsumerOrgNo)
		}
	}
	slices.Sort(all)
	return all
}

// named are the clients of a name.
func (w *world) named(name string) []*maskinporten.ClientRegistration {
	w.t.Helper()
	var all []*maskinporten.ClientRegistration
	for client, err := range w.client.Clients.All(w.t.Context(), maskinporten.ClientFilter{Inactive: true}) {
		if err != nil {
			w.t.Fatal(err)
		}
		if client.Name == name {
			all = append(all, client)
		}
	}
	return all
}

func (w *world) scope(name string) *maskinporten.Scope {
	w.t.Helper()
	scope := check.Got(w.client.Scopes.Get(w.t.Context(), name))(w.t)
	return scope
}

// mutations are the requests that changed something, or tried to.
func (w *world) mutations() []string {
	var all []string
	for _, r := range w.srv.Requests() {
		if !strings.HasPrefix(r.Operation, "GET ") && r.Operation != "POST /token" {
			all = append(all, r.Operation)
		}
	}
	return all
}

const weather = `{"owns": {"prefixes": ["skatt"], "clients": ["weather-*"]},
 "scopes": [{"prefix": "skatt", "subscope": "weather.read", "description": "Read the weather",
             "access": ["889640782", "974760673"]}],
 "clients": [{"name": "weather-reader", "description": "Reads it", "scopes": ["skatt:weather.read"]}]}`

func TestAStateIsPlannedShownAndApplied(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	changes := w.plan(parse(t, weather))
	want := `2 to create, 2 to grant, 0 kept
+ scope skatt:weather.read
    description: "Read the weather"
+ access skatt:weather.read 889640782
+ access skatt:weather.read 974760673
+ client weather-reader
    description: "Reads it"
    scopes: ["skatt:weather.read"]`
	check.Same(t, want, changes.String(), "plan")
	if n := len(w.mutations()); n != 0 {
		t.Errorf("planning made %d changes", n)
	}
	result := w.apply(weather)
	if made := result.NewClients(); len(made) != 1 || made[0].ClientID == "" || made[0].ClientID != result.Items[3].ClientID {
		t.Errorf("made %+v", made)
	}
	check.Same(t, []maskinporten.OrgNo{nav, brreg}, w.given("skatt:weather.read"), "access")
	w.srv.AssertNoUnexpected(t)
}

func TestAPlanShowsWhatChangesFieldByField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(`{"owns": {"prefixes": ["skatt"], "clients": ["*"]},
	 "scopes": [{"prefix": "skatt", "subscope": "a", "description": "old", "description#en": "old in English", "long_description": "long", "access": ["889640782", "974760673"]},
	            {"prefix": "skatt", "subscope": "b", "description": "b", "access": ["889640782"]}],
	 "clients": [{"name": "one", "scopes": ["skatt:a"]}, {"name": "two"}]}`)
	one, two := w.named("one")[0].ClientID, w.named("two")[0].ClientID
	next := `{"owns": {"prefixes": ["skatt"], "clients": ["*"]},
	 "scopes": [{"prefix": "skatt", "subscope": "c", "description": "c", "access": ["910753614"]},
	            {"prefix": "skatt", "subscope": "a", "description": "new", "description#nn": "ny", "at_max_age": 60, "visibility": "PUBLIC", "access": ["974760673", "910753614"]}],
	 "clients": [{"name": "one", "description": "said", "scopes": ["skatt:c"]}]}`
	want := `1 to create, 2 to change, 2 to deactivate, 2 to grant, 2 to revoke, 1 kept
+ scope skatt:c
    description: "c"
+ access skatt:c 910753614
+ access skatt:a 910753614
~ scope skatt:a
    description: "old" -> "new"
    long_description: "long" -> ""
    visibility: "PRIVATE" -> "PUBLIC"
    at_max_age: 0 -> 60
    description#en: "old in English" -> none
    description#nn: none -> "ny"
~ client one (` + one + `)
    description: "" -> "said"
    scopes: ["skatt:a"] -> ["skatt:c"]
- access skatt:a 889640782 Arbeids- og velferdsetaten
- access skatt:b 889640782 Arbeids- og velferdsetaten
- client two (` + two + `)
- scope skatt:b`
	check.Same(t, want, w.plan(parse(t, next)).String(), "plan")
	before := len(w.mutations())
	w.apply(next)
	order := []string{"POST /scopes", "PUT /scopes/access/{consumer_orgno}", "PUT /scopes/access/{consumer_orgno}", "PUT /scopes", "PUT /clients/{id}",
		"DELETE /scopes/access/{consumer_orgno}", "DELETE /scopes/access/{consumer_orgno}", "DELETE /clients/{id}", "DELETE /scopes"}
	check.Same(t, order, w.mutations()[before:], "calls")
	if scope := w.scope("skatt:a"); scope.Translation(maskinporten.FieldDescription, "nn") != "ny" || scope.Translation(maskinporten.FieldDescription, "en") != "" || scope.LongDescription != "" {
		t.Errorf("scope %+v", scope)
	}
}

func TestReadingTakesOneCallForEachKind(t *testing.T) {
	t.Parallel()
	for state, want := range map[string][]string{
		weather:                        {"GET /clients", "GET /scopes", "GET /scopes/access"},
		`{"clients": [{"name": "a"}]}`: {"GET /clients"},
		`{"scopes": [{"prefix": "skatt", "subscope": "a", "description": "a"}]}`:           {"GET /scopes"},
		`{"scopes": [{"prefix": "x", "subscope": "a", "description": "a", "access": []}]}`: {"GET /scopes"},
		`{}`: nil,
	} {
		w := newWorld(t)
		w.plan(parse(t, state))
		var reads []string
		for _, r := range w.srv.Requests() {
			if r.Operation != "POST /token" {
				reads = append(reads, r.Operation)
			}
		}
		slices.Sort(reads)
		check.Same(t, want, reads, state, ": calls")
		if n := len(w.srv.Requests()); n > 10 {
			t.Errorf("%d requests", n)
		}
	}
}

func TestNothingIsTakenAwayThatIsNotOwned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(weather)
	for _, state := range []string{
		`{}`, `{"scopes": [], "clients": []}`, `{"owns": {"prefixes": [], "clients": []}}`, `{"owns": {"prefixes": ["skattetest"], "clients": ["rain-*", "weather"]}}`,
		`{"scopes": [{"prefix": "skatt", "subscope": "weather.read", "description": "Read the weather", "access": []}]}`,
		`{"owns": {"prefixes": ["skatt"], "clients": ["*-reader"]}, "scopes": [{"prefix": "skatt", "subscope": "weather.read", "description": "Read the weather"}], "clients": [{"name": "weather-reader", "description": "Reads it"}]}`,
	} {
		if changes := w.plan(parse(t, state)); !changes.Empty() {
			t.Errorf("%s:\n%s", state, changes)
		}
	}
	changes := w.plan(parse(t, `{"scopes": [{"prefix": "skatt", "subscope": "weather.read", "description": "Read the weather", "access": ["889640782"]}]}`))
	if want := "nothing to change, 2 kept\nnote: 1 access of skatt:weather.read that the state doesn't name stay, since it doesn't own the prefix skatt"; changes.String() != want {
		t.Errorf("plan:\n%s", changes)
	}
}

func TestTheClientThatIsSignedInWithIsNeverTouched(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	self := w.client.Authenticator().ClientID()
	registration := check.Got(w.client.Clients.Get(t.Context(), self))(t)
	if changes := w.plan(parse(t, `{"owns": {"clients": ["*"]}}`)); !changes.Empty() {
		t.Errorf("plan:\n%s", changes)
	}
	changes := w.plan(&desired.State{Clients: []desired.Client{{ClientCreate: maskinporten.ClientCreate{ClientID: self, Name: registration.Name, Scopes: []string{}}}}})
	if !changes.Empty() || !strings.Contains(changes.String(), "signed in with") {
		t.Errorf("plan:\n%s", changes)
	}
	changes.Changes = []desired.Change{{Action: desired.ActionDeactivate, Kind: desired.KindClient, ClientID: self}}
	if _, err := changes.Apply(t.Context(), everything); err == nil || len(w.mutations()) != 0 {
		t.Errorf("error %v, calls %v", err, w.mutations())
	}
}

func TestWhoeverIsSignedInByOthersMustBeNamedBeforeClientsAreOwned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := check.Got(maskinporten.New(w.srv.Endpoints(maskinporten.Test), maskinporten.Credentials{}, maskinporten.WithExternalAuth(), maskinporten.WithHTTPClient(w.srv.HTTPClient())))(t)
	if _, err := desired.Plan(t.Context(), client, parse(t, `{"owns": {"clients": ["*"]}}`), desired.Options{}); err == nil || !strings.Contains(err.Error(), "SignedInAs") {
		t.Errorf("error %v", err)
	}
}

func TestWhatExistsDeactivatedIsTakenIntoUseAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(weather)
	id := w.named("weather-reader")[0].ClientID
	w.apply(`{"owns": {"prefixes": ["skatt"], "clients": ["weather-*"]}}`)
	if w.scope("skatt:weather.read").Active || w.named("weather-reader")[0].Active || len(w.given("skatt:weather.read")) != 0 {
		t.Fatal("it is still there")
	}
	again := w.plan(parse(t, strings.ReplaceAll(weather, "Reads it", "Reads it again")))
	want := `2 to reactivate, 2 to grant, 0 kept
~ scope skatt:weather.read is taken into use again
+ access skatt:weather.read 889640782
+ access skatt:weather.read 974760673
~ client weather-reader (` + id + `) is taken into use again
    description: "Reads it" -> "Reads it again"`
	check.Same(t, want, again.String(), "plan")
	w.apply(weather)
	if clients := w.named("weather-reader"); len(clients) != 1 || !clients[0].Active || !w.scope("skatt:weather.read").Active {
		t.Errorf("clients %+v", clients)
	}
}

func TestExportIsAStateThatNeedsNoChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(weather)
	ctx := context.Background()
	for range 2 { // two clients of one name
		check.Got(w.client.Clients.Create(ctx, maskinporten.ClientCreate{Name: "twin", Description: "d", AccessTokenLifetime: 60}))(t)
	}
	login := check.Got(w.client.Clients.Create(ctx, maskinporten.ClientCreate{
		Name: "login", IntegrationType: maskinporten.IntegrationTypeIDPorten, Scopes: []string{"openid", "profile"},
		RedirectURIs: []string{"https://a.example.no/b"}, TokenEndpointAuthMethod: maskinporten.AuthMethodSecretBasic,
	}))(t)
	state := check.Got(desired.Export(ctx, w.client, desired.Options{}))(t)
	text := check.Got(state.MarshalJSON())(t)
	for _, secret := range []string{login.ClientSecret.Reveal(), w.client.Authenticator().ClientID(), "secret"} {
		if strings.Contains(strings.ReplaceAll(string(text), "client_secret_basic", ""), secret) {
			t.Errorf("%s is in %s", secret, text)
		}
	}
	read := parse(t, string(text))
	check.Same(t, state, read, "written and read (-exported +read)")
	read.Owns = desired.Owns{Prefixes: []string{"skatt", "skattetest"}, Clients: []string{"*"}}
	if changes := w.plan(read); !changes.Empty() || changes.Kept != 7 {
		t.Errorf("%s\nof %s", changes, text)
	}
}
