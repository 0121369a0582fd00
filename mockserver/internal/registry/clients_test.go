package registry_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

func TestANewClientGetsTheDefaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.create(t, registry.ClientInput{ClientFields: registry.ClientFields{ClientName: "Server"}})
	want := &registry.Client{
		ClientFields: registry.ClientFields{
			ClientID: got.ClientID, ClientName: "Server", ClientOrgNo: consumerNo,
			ApplicationType: "web", IntegrationType: "maskinporten", Scopes: []string{}, GrantTypes: []string{jwtBearer},
			TokenEndpointAuthMethod: "private_key_jwt", RefreshTokenUsage: "ONETIME", SSODisabled: new(false), CodeChallengeMethod: "S256",
		},
		Active: true, AccessTokenLifetime: 120, RefreshTokenLifetime: 600, AuthorizationLifetime: 7200,
		Created: dawn, LastUpdated: dawn,
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(registry.Client{})); diff != "" {
		t.Error(diff)
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(got.ClientID) {
		t.Errorf("client_id %q is no UUID", got.ClientID)
	}
}

func TestWhatIsSentIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text := `{"client_id":"my-app.1","client_name":"App","client_orgno":"889640782","description":"Our app","active":false,
		"application_type":"web","integration_type":"ansattporten","scopes":["openid","profile"],
		"grant_types":["authorization_code","refresh_token"],"token_endpoint_auth_method":"private_key_jwt",
		"access_token_lifetime":60,"refresh_token_lifetime":61,"authorization_lifetime":62,"refresh_token_usage":"REUSE",
		"redirect_uris":["https://a.example.no/in"],"post_logout_redirect_uris":["https://a.example.no/out"],
		"frontchannel_logout_uri":"https://a.example.no/bye","frontchannel_logout_session_required":true,
		"sso_disabled":false,"code_challenge_method":"none","client_uri":"https://a.example.no","logo_uri":"https://a.example.no/l.png"}`
	c := w.create(t, decoded[registry.ClientInput](t, text))
	answer := check.Got(json.Marshal(c))(t)
	got, want := decoded[map[string]any](t, string(answer)), decoded[map[string]any](t, text)
	want["created"], want["last_updated"] = "2025-07-02T08:30:00Z", "2025-07-02T08:30:00Z"
	check.Same(t, want, got)
}

func TestUnsetFieldsAreLeftOutOfAnswers(t *testing.T) {
	t.Parallel()
	answer := check.Got(json.Marshal(newWorld(t).create(t, server())))(t)
	got := decoded[map[string]any](t, string(answer))
	for _, field := range []string{"supplier_orgno", "description", "redirect_uris", "post_logout_redirect_uris",
		"frontchannel_logout_uri", "client_uri", "logo_uri", "jwks", "onbehalfof", "client_secret"} {
		if value, ok := got[field]; ok {
			t.Errorf("%s is answered as %v", field, value)
		}
	}
}

func TestSSOIsDisabledOnAnsattportenUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for integrationType, want := range map[string]bool{
		registry.Ansattporten: true, registry.IDPorten: false, registry.APIKlient: false,
	} {
		check.Same(t, want, *w.create(t, login(typed(integrationType))).SSODisabled, integrationType, ": sso_disabled")
	}
}

func TestFieldsThatOnlyAnswersCarryAndUnknownOnesAreDropped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.create(t, decoded[registry.ClientInput](t, `{"client_name":"A","created":"1999-01-01T00:00:00Z","last_updated":5,
		"client_secret":"sent","jwks":{"keys":[{"kid":"x"}]},"jwks_uri":"https://x","onbehalfof":[{}],"new_in_2027":{"a":1}}`))
	if !c.Created.Equal(dawn) || !c.LastUpdated.Equal(dawn) || c.JWKS != nil || c.OnBehalfOf != nil {
		t.Errorf("took %+v", c)
	}
}

func TestAFieldOfTheWrongTypeIsNamed(t *testing.T) {
	t.Parallel()
	for text, field := range map[string]string{
		`{"client_name":1}`:                               "client_name",
		`{"client_id":true}`:                              "client_id",
		`{"active":"yes"}`:                                "active",
		`{"scopes":"a b"}`:                                "scopes",
		`{"scopes":[1]}`:                                  "scopes",
		`{"redirect_uris":{}}`:                            "redirect_uris",
		`{"access_token_lifetime":"120s"}`:                "access_token_lifetime",
		`{"access_token_lifetime":1.5}`:                   "access_token_lifetime",
		`{"sso_disabled":0}`:                              "sso_disabled",
		`{"frontchannel_logout_session_required":"true"}`: "frontchannel_logout_session_required",
		`[]`:                             "",
		`"text"`:                         "",
		"{\"client_name\":\"\xff\xfe\"}": "",
	} {
		var in registry.ClientInput
		err := json.Unmarshal([]byte(text), &in)
		wantKind(t, err, registry.Invalid, field)
	}
}

func TestWhatIsNoJSONIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "{", `{"client_name":"a"}}`, "client_name=a"} {
		var in registry.ClientInput
		wantKind(t, in.UnmarshalJSON([]byte(text)), registry.Invalid, "")
	}
}

func TestNullMeansNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.create(t, decoded[registry.ClientInput](t, `{"client_name":"A","client_id":null,"active":null,"scopes":null,"access_token_lifetime":null}`))
	if c.ClientID == "" || !c.Active || c.AccessTokenLifetime != 120 {
		t.Errorf("took %+v", c)
	}
}

func TestAClientNameIsRequired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"", "  \t"} {
		w.refuses(t, consumer, server(func(in *registry.ClientInput) { in.ClientName = name }), registry.Invalid, "client_name")
	}
}

func TestAClientIDIsTakenIfItIsAGoodOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wanted := func(id string) change { return func(in *registry.ClientInput) { in.ClientID = id } }
	for _, id := range []string{"a", "My_App-1.2", strings.Repeat("x", 255)} {
		if c := w.create(t, server(wanted(id))); c.ClientID != id {
			t.Errorf("asked for %q, got %q", id, c.ClientID)
		}
	}
	for _, id := range []string{".", "..", "a/b", "a b", "a%2Fb", "a:b", "æ", "api-tilbyder-991825827", strings.Repeat("x", 256)} {
		w.refuses(t, consumer, server(wanted(id)), registry.Invalid, "client_id")
	}
}

func TestAClientIDThatExistsIsAConflictActiveOrNotWhoeversItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	again := server(func(in *registry.ClientInput) { in.ClientID = "app" })
	w.create(t, again)
	w.refuses(t, consumer, again, registry.Conflict, "")
	w.refuses(t, provider, again, registry.Conflict, "")
	check.OK(t, w.DeactivateClient(consumer, "app"))
	w.refuses(t, consumer, again, registry.Conflict, "")
}

func clientIDs(list []*registry.Client) []string {
	return check.Each(list, func(c *registry.Client) string { return c.ClientID })
}

func TestListsHoldOnesOwnClientsByCreation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	named := func(id string) change { return func(in *registry.ClientInput) { in.ClientID = id } }
	if list, err := w.Clients(consumer, false); err != nil || list == nil || len(list) != 0 {
		t.Errorf("with none: %v, %v", list, err)
	}
	for _, id := range []string{"z", "a", "m"} {
		w.create(t, server(named(id)))
		w.advance(time.Second)
	}
	check.Got2(w.CreateClient(supplier, server(named("customers"), func(in *registry.ClientInput) { in.ClientOrgNo = consumerNo })))(t)
	check.Got2(w.CreateClient(supplier, server(named("suppliers"))))(t)
	check.OK(t, w.DeactivateClient(consumer, "a"))
	for name, c := range map[string]struct {
		caller   registry.Caller
		inactive bool
		want     []string
	}{
		"active":          {consumer, false, []string{"z", "m", "customers"}},
		"all":             {consumer, true, []string{"z", "a", "m", "customers"}},
		"as supplier":     {registry.Caller{OrgNo: supplierNo, Supplier: true}, false, []string{"customers"}},
		"both":            {supplier, false, []string{"customers", "suppliers"}},
		"somebody else's": {provider, true, []string{}},
	} {
		list := check.Got(w.Clients(c.caller, c.inactive))(t)
		check.Same(t, c.want, clientIDs(list), name)
	}
	wantKind(t, check.Err(w.Clients(registry.Caller{OrgNo: consumerNo}, false)), registry.Forbidden, "")
}

func TestClientsOfOneMomentAreListedAsTheyWereCreated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var want []string
	for _, id := range []string{"z", "a", "m"} {
		w.create(t, server(func(in *registry.ClientInput) { in.ClientID = id }))
		want = append(want, id)
	}
	list := check.Got(w.Clients(consumer, false))(t)
	check.Same(t, want, clientIDs(list))
}

func TestPUTReplacesTheWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	scope := w.scope(t, "a")
	w.grant(t, scope, consumerNo)
	old := w.create(t, server(scoped(scope), func(in *registry.ClientInput) {
		in.Description, in.AccessTokenLifetime, in.LogoURI = "Before", new(60), "https://example.no/l"
	}))
	w.posts(t, old.ClientID, "k")
	w.advance(time.Hour)
	got := check.Got(w.ReplaceClient(consumer, old.ClientID, registry.ClientInput{ClientFields: registry.ClientFields{ClientName: "After"}}))(t)
	if got.ClientName != "After" || got.Description != "" || got.AccessTokenLifetime != 120 || got.LogoURI != "" || len(got.Scopes) != 0 {
		t.Errorf("kept what was not sent: %+v", got)
	}
	if !got.Created.Equal(dawn) || !got.LastUpdated.Equal(dawn.Add(time.Hour)) {
		t.Errorf("created %v, last updated %v", got.Created, got.LastUpdated)
	}
	check.Same(t, []string{"k"}, w.kids(t, old.ClientID), "keys:")
	check.Same(t, "Server", old.ClientName, "the version that was handed out before has changed")
}

func TestPUTOfWhatGETAnsweredChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.create(t, login(func(in *registry.ClientInput) {
		in.TokenEndpointAuthMethod = "client_secret_post"
		in.FrontchannelLogoutURI = "https://app.example.no/bye"
	}))
	w.posts(t, old.ClientID, "k1", "k2")
	check.Got(w.OnBehalfOfCreate(consumer, old.ClientID, registry.OnBehalfOfInput{OnBehalfOf: "o"}))(t)
	before := w.stored(t, old.ClientID)
	body := check.Got(json.Marshal(before))(t)
	w.advance(time.Hour)
	after := check.Got(w.ReplaceClient(consumer, old.ClientID, decoded[registry.ClientInput](t, string(body))))(t)
	ignore := cmpopts.IgnoreFields(registry.Client{}, "LastUpdated")
	if diff := cmp.Diff(before, after, ignore, cmp.AllowUnexported(registry.Client{})); diff != "" {
		t.Error(diff)
	}
}

func TestWhatNeverChanges(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	for field, c := range map[string]change{
		"client_id":        func(in *registry.ClientInput) { in.ClientID = "other" },
		"client_orgno":     func(in *registry.ClientInput) { in.ClientOrgNo = providerNo },
		"supplier_orgno":   func(in *registry.ClientInput) { in.SupplierOrgNo = supplierNo },
		"integration_type": typed(registry.APIKlient),
	} {
		w.refusesChange(t, id, registry.Invalid, field, func() error { return check.Err(w.ReplaceClient(consumer, id, server(c))) })
	}
}

func TestPUTIsHeldAgainstTheSameRulesAsPOST(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.create(t, login()).ClientID
	for field, c := range map[string]change{
		"client_name":           func(in *registry.ClientInput) { in.ClientName = "" },
		"redirect_uris":         redirected(),
		"access_token_lifetime": func(in *registry.ClientInput) { in.AccessTokenLifetime = new(0) },
		"scopes":                scoped("difi:unknown"),
		"application_type":      application("server", ""),
	} {
		w.refusesChange(t, id, registry.Invalid, field, func() error { return check.Err(w.ReplaceClient(consumer, id, login(c))) })
	}
}

func TestActiveInAPUT(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	for _, step := range []struct {
		sent *bool
		want bool
		kind registry.EventKind // besides ClientUpdated
	}{
		{nil, true, ""}, {new(true), true, ""}, {new(false), false, registry.ClientDeactivated}, {new(false), false, ""},
		{nil, false, ""}, {new(true), true, registry.ClientReactivated},
	} {
		w.happened()
		c := check.Got(w.ReplaceClient(consumer, id, server(func(in *registry.ClientInput) { in.Active = step.sent })))(t)
		want := []registry.EventKind{registry.ClientUpdated}
		if step.kind != "" {
			want = append(want, step.kind)
		}
		if diff := cmp.Diff(want, kinds(w.happened())); diff != "" || c.Active != step.want {
			t.Errorf("%+v: active %t, %s", step, c.Active, diff)
		}
	}
}

func TestDeactivatingKeepsEverythingAndTellsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.create(t, server())
	w.posts(t, c.ClientID, "k")
	w.happened()
	w.advance(time.Minute)
	check.OK(t, w.DeactivateClient(consumer, c.ClientID))
	check.OK(t, w.DeactivateClient(consumer, c.ClientID))
	got := check.Got(w.Client(consumer, c.ClientID))(t)
	if got.Active || got.JWKS == nil || !got.LastUpdated.Equal(dawn.Add(time.Minute)) {
		t.Errorf("got %+v", got)
	}
	want := []registry.Event{{
		Kind: registry.ClientDeactivated, Time: dawn.Add(time.Minute), OrgNo: consumerNo, ClientID: c.ClientID,
		Actor: "consumer-admin", ActorOrgNo: consumerNo,
	}}
	check.Same(t, want, w.happened())
	if _, known := w.IssuedClient(c.ClientID); known {
		t.Error("the token endpoint knows it")
	}
}

func TestInputsMayBeUsedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := login(func(in *registry.ClientInput) {
		in.PostLogoutRedirectURIs, in.SSODisabled = []string{"https://app.example.no/out"}, new(true)
		in.GrantTypes = []string{"authorization_code"}
	})
	c := w.create(t, in)
	in.Scopes[0], in.RedirectURIs[0], in.PostLogoutRedirectURIs[0], in.GrantTypes[0], *in.SSODisabled = "x", "x", "x", "x", false
	if c.Scopes[0] == "x" || c.RedirectURIs[0] == "x" || c.PostLogoutRedirectURIs[0] == "x" || c.GrantTypes[0] == "x" || !*c.SSODisabled {
		t.Errorf("the stored client shares memory with its input: %+v", c)
	}
}
