package restapi_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/restapi"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

const owner = "991825827"

// world is an API over a registry with one organisation.
type world struct {
	*testing.T
	registry *registry.Registry
	api      *restapi.API
	caller   registry.Caller
}

func newWorld(t *testing.T) *world {
	t.Helper()
	r := registry.New(registry.Config{Environment: "test"})
	check.OK(t, errors.Join(r.AddOrganization(owner, "Digdir"), r.AssignPrefix(owner, "difi")))
	api := restapi.New(restapi.Config{
		Registry: r, Now: time.Now, NewID: func() string { return "00000000-0000-4000-8000-000000000000" }, Merchant: noMerchant{},
		Verify: func(token string) (restapi.Identity, error) {
			if token != "good" {
				return restapi.Identity{}, errors.New("it is not good")
			}
			return restapi.Identity{OrgNo: owner, Actor: "a", Scopes: []string{"idporten:scopes.write", "idporten:dcr.write"}}, nil
		},
	})
	return &world{t, r, api, registry.Caller{OrgNo: owner, Own: true}}
}

// noMerchant fails as nothing that the API knows does.
type noMerchant struct{}

var errOutOfOrder = errors.New("out of order")

func (noMerchant) MerchantData(string, string) (any, error)             { return nil, errOutOfOrder }
func (noMerchant) SaveMerchantData(string, string, []byte) (any, error) { return nil, errOutOfOrder }

// call makes a call through serve.
func (w *world) call(serve func(http.ResponseWriter, *http.Request, []string) restapi.Outcome, method, target, body string) (*httptest.ResponseRecorder, restapi.Outcome) {
	w.Helper()
	r := httptest.NewRequestWithContext(w.Context(), method, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer good")
	segments := check.Got(restapi.SplitPath(r.URL.EscapedPath()))(w)
	recorder := httptest.NewRecorder()
	return recorder, serve(recorder, r, segments)
}

func (w *world) get(target string) string {
	w.Helper()
	recorder, outcome := w.call(w.api.Serve, http.MethodGet, target, "")
	if recorder.Code != http.StatusOK || outcome.Status != http.StatusOK {
		w.Fatalf("%s: %d %s", target, recorder.Code, recorder.Body)
	}
	return recorder.Body.String()
}

func (w *world) addClients(count int) {
	w.Helper()
	for i := range count {
		check.Got2(w.registry.CreateClient(w.caller, registry.ClientInput{ClientFields: registry.ClientFields{ClientID: fmt.Sprint("c", i), ClientName: "n"}}))(w)
	}
}

func TestListsAreWhatTheRegistryHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addClients(20)
	for _, name := range []string{"a", "b"} {
		check.Got(w.registry.CreateScope(w.caller, registry.ScopeInput{ScopeFields: registry.ScopeFields{Prefix: "difi", Subscope: name, Description: "d", Visibility: "PUBLIC"}}))(t)
	}
	compare := func(step string) {
		t.Helper()
		clients, err := w.registry.Clients(w.caller, true)
		scopes, scopesErr := w.registry.Scopes(owner, registry.ScopeFilter{Inactive: true})
		check.OK(t, errors.Join(err, scopesErr))
		for target, want := range map[string]any{
			"/clients?inactive=true": clients, "/clients/c7": clients[7],
			"/scopes?inactive=true": scopes, "/scopes/all?inactive=true": scopes, "/scopes/scope?scope=difi:b": scopes[1],
		} {
			encoded := check.Got(json.Marshal(want))(t)
			if diff := cmp.Diff(string(encoded), w.get(target)); diff != "" {
				t.Errorf("%s, %s: %s", step, target, diff)
			}
		}
	}
	compare("at first")
	compare("again")
	_, changed := w.registry.ReplaceClient(w.caller, "c7", registry.ClientInput{ClientFields: registry.ClientFields{ClientName: "changed"}})
	_, deactivated := w.registry.DeactivateScope(w.caller, "difi:b")
	check.OK(t, errors.Join(changed, w.registry.DeactivateClient(w.caller, "c8"), deactivated))
	compare("changed")
}

func TestListCostsNoAllocationPerClient(t *testing.T) { //nolint:paralleltest // it counts allocations
	const clients = 2000
	w := newWorld(t)
	w.addClients(clients)
	w.get("/clients")
	if allocations := testing.AllocsPerRun(5, func() { w.get("/clients") }); allocations > 100 {
		t.Errorf("%v allocations for %d clients", allocations, clients)
	}
}

func TestListOfClientsIsWhatEncodingJSONMakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs := []registry.ClientFields{
		{ClientName: "bare"},
		{ClientName: `<b>"æøå" & \ ` + "\u2028\x00\t", Description: "d", Scopes: []string{}, ClientURI: "https://c.example/?a=1&b=2"},
		{
			ClientName: "login", IntegrationType: registry.IDPorten, Scopes: []string{"openid", "profile"}, RedirectURIs: []string{"https://a.example/", "https://b.example/?x=<y>"},
			PostLogoutRedirectURIs: []string{"https://a.example/out"}, FrontchannelLogoutURI: "https://a.example/front", FrontchannelLogoutSessionRequired: true,
			SSODisabled: new(true), CodeChallengeMethod: "none", LogoURI: "https://a.example/logo.png", RefreshTokenUsage: "REUSE", TokenEndpointAuthMethod: "client_secret_post",
		},
	}
	for _, in := range inputs {
		c, _ := check.Got2(w.registry.CreateClient(w.caller, registry.ClientInput{ClientFields: in, RefreshTokenLifetime: new(1), AuthorizationLifetime: new(3)}))(t)
		public, keyErr := testkeys.Public(testkeys.Free)
		_, err := w.registry.PutKey(w.caller, c.ClientID, "k", registry.KeyInput{Kty: "RSA", Use: "sig", Alg: "RS256", N: public.N, E: public.E})
		if c.IntegrationType == registry.IDPorten {
			_, actErr := w.registry.OnBehalfOfCreate(w.caller, c.ClientID, registry.OnBehalfOfInput{OnBehalfOf: "v", Name: "En & to"})
			err = errors.Join(err, actErr, w.registry.DeactivateClient(w.caller, c.ClientID))
		}
		check.OK(t, errors.Join(err, keyErr))
	}
	supplied := registry.Caller{OrgNo: owner, Own: true, Supplier: true}
	check.Got2(w.registry.CreateClient(supplied, registry.ClientInput{ClientFields: registry.ClientFields{ClientName: "of a customer", ClientOrgNo: "889640782"}}))(t)
	list := check.Got(w.registry.Clients(w.caller, true))(t)
	want := check.Got(json.Marshal(list))(t)
	check.Same(t, string(want), w.get("/clients?inactive=true"))
	everyFieldIsIn[registry.Client](t, string(want))
	for _, c := range list {
		check.Same(t, encoded(t, c), w.get("/clients/"+c.ClientID))
	}
}

func encoded(t *testing.T, value any) string {
	t.Helper()
	text := check.Got(json.Marshal(value))(t)
	return string(text)
}

// everyFieldIsIn makes sure that what was compared has everything there is.
func everyFieldIsIn[T any](t *testing.T, text string) {
	t.Helper()
	for _, field := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.IsExported() && !field.Anonymous && name != "-" && !strings.Contains(text, `"`+name+`":`) {
			t.Errorf("%s is in nothing that is compared", name)
		}
	}
}

func TestScopesAreWhatEncodingJSONMakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bare := check.Got(w.registry.CreateScope(w.caller, registry.ScopeInput{ScopeFields: registry.ScopeFields{Prefix: "difi", Subscope: "a", Description: "d"}}))(t)
	full := check.Got(w.registry.CreateScope(w.caller, registry.ScopeInput{ScopeFields: registry.ScopeFields{
		Prefix: "difi", Subscope: "b/c.read", Description: `<b>"æøå" & \ ` + "\u2028\t", LongDescription: "long", AllowedIntegrationTypes: []string{"maskinporten", "krr"},
		TokenType: "SELF_CONTAINED", Visibility: "PUBLIC", DelegationSource: w.registry.DelegationSources()[0].Issuer, AtMaxAge: 30, AuthorizationMaxLifetime: 60,
		AccessibleForAll: true, SupportsEuropeanBusinesses: true, EnforcedAudForAccessToken: "https://api.example/",
		Translations: map[string]string{"description#en": "<in English>", "description#nn": "på nynorsk"},
	}}))(t)
	all := encoded(t, []*registry.Scope{bare, full})
	check.Same(t, all, w.get("/scopes"))
	everyFieldIsIn[registry.Scope](t, all)
	for _, s := range []*registry.Scope{bare, full} {
		check.Same(t, encoded(t, s), w.get("/scopes/scope?scope="+s.Name))
	}
}

// A secret is shown once, after the client's own fields.
func TestANewClientIsWhatEncodingJSONMakesAndItsSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	recorder, _ := w.call(w.api.Serve, http.MethodPost, "/clients", `{"client_id":"c","client_name":"n","integration_type":"ansattporten","redirect_uris":["https://a.example/"]}`)
	var made struct {
		Secret string `json:"client_secret"`
	}
	if err := json.Unmarshal(recorder.Body.Bytes(), &made); err != nil || made.Secret == "" {
		t.Fatalf("%s, error %v", recorder.Body, err)
	}
	client := w.get("/clients/c")
	want := client[:len(client)-1] + `,"client_secret":"` + made.Secret + `"}`
	check.Same(t, want, recorder.Body.String())
}

func TestListsMayBeReadWhileTheyChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addClients(50)
	var busy sync.WaitGroup
	for worker := range 4 {
		busy.Go(func() {
			for i := range 50 {
				id := fmt.Sprint("c", (i*7+worker)%50)
				if _, err := w.registry.ReplaceClient(w.caller, id, registry.ClientInput{ClientFields: registry.ClientFields{ClientName: fmt.Sprint("version ", i)}}); err != nil {
					t.Error(err)
				}
				var list []struct {
					ID string `json:"client_id"`
				}
				recorder, _ := w.call(w.api.Serve, http.MethodGet, "/clients", "")
				if err := json.Unmarshal(recorder.Body.Bytes(), &list); err != nil || len(list) != 50 {
					t.Errorf("%d clients, %v", len(list), err)
				}
			}
		})
	}
	busy.Wait()
}

func TestDefectIsA500WithTheBodyOfErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, method := range []string{http.MethodGet, http.MethodPut} {
		recorder, outcome := w.call(w.api.ServePortal, method, "/integrations/x/merchant-data", "{}")
		if recorder.Code != http.StatusInternalServerError || outcome.Refusal != "out of order" || !strings.Contains(recorder.Body.String(), `"error":", out of order"`) {
			t.Errorf("%s: %d %s", method, recorder.Code, recorder.Body)
		}
	}
}

func TestSomebodyRecognisedAlreadyNeedsNoToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	serve := func(rw http.ResponseWriter, r *http.Request, segments []string) restapi.Outcome {
		r.Header.Del("Authorization")
		return w.api.ServeAs(rw, r, segments, restapi.Identity{OrgNo: owner, Actor: "kari@digdir.no", Scopes: []string{"idporten:scopes.write"}})
	}
	recorder, outcome := w.call(serve, http.MethodGet, "/prefix", "")
	if recorder.Code != http.StatusOK || outcome.Identity.Actor != "kari@digdir.no" || outcome.Operation != "GET /prefix" {
		t.Errorf("%d %s, %+v", recorder.Code, recorder.Body, outcome)
	}
	if recorder, _ = w.call(serve, http.MethodGet, "/clients", ""); recorder.Code != http.StatusForbidden {
		t.Errorf("without the right: %d", recorder.Code)
	}
}

func TestBodyThatBreaksOffIs400(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, target := range []string{"/scopes", "/api/v2/clients/x/key"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, target, brokenBody{})
		r.Header.Set("Authorization", "Bearer good")
		recorder := httptest.NewRecorder()
		w.api.Serve(recorder, r, strings.Split(strings.Trim(target, "/"), "/"))
		if recorder.Code != http.StatusBadRequest || !strings.Contains(recorder.Body.String(), "could not be read") {
			t.Errorf("%s: %d %s", target, recorder.Code, recorder.Body)
		}
	}
}

// Whatever else is wrong: of a body that is no JSON nobody's objects are named.
func TestBodyThatIsNoJSONIs400(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for call, body := range map[string]string{
		"POST /clients": `{"client_name":}`, "PUT /clients/none": `{`, "POST /scopes": `{"prefix":"difi"`, "PUT /clients/none/jwks/k": `{"kty":"RSA",}`,
		"POST /clients/none/jwks": `{"keys":[{]}`, "POST /clients/none/onbehalfof": `{"onbehalfof"}`,
	} {
		method, target, _ := strings.Cut(call, " ")
		recorder, _ := w.call(w.api.Serve, method, target, body)
		if text := recorder.Body.String(); recorder.Code != http.StatusBadRequest || !strings.Contains(text, `"The body is not valid JSON"`) || strings.Contains(text, "objectName") {
			t.Errorf("%s: %d %s", call, recorder.Code, text)
		}
	}
}

type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, errors.New("the connection broke") }

func TestPathIsSplitIntoPlainSegments(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]string{
		"/": nil, "/scopes": {"scopes"}, "/scopes/": {"scopes"}, "/clients/a%20b": {"clients", "a b"}, "/a/%25": {"a", "%"}, "/a/...": {"a", "..."},
		"/%C3%A6": {"æ"}, "/a%3Ab": {"a:b"}, "/a+b": {"a+b"},
	} {
		if got, err := restapi.SplitPath(path); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	for _, path := range []string{
		"", "scopes", "//", "//a", "/a//", "/a//b", "/.", "/a/.", "/a/../b", "/a/%2e%2E", "/a/.%2e/", "/a%2fb", "/a%5cb", `/a\b`, "/a%00", "/a%1f", "/a%7f", "/a%c2%9f", "/a%ff", "/a%", "/a%zz",
	} {
		if got, err := restapi.SplitPath(path); err == nil {
			t.Errorf("%q is taken for %q", path, got)
		}
	}
}

func FuzzPathIsNeverBent(f *testing.F) {
	for _, seed := range []string{"/scopes/access/..", "/a/%2e%2e/b", "//", "/api/v1/clients/x/jwks/k/", "/%252e%252e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		segments, err := restapi.SplitPath(path)
		if err != nil {
			return
		}
		for _, segment := range segments {
			if segment == "" || segment == "." || segment == ".." || strings.ContainsAny(segment, "/\\\x00\r\n") {
				t.Errorf("%q has the segment %q", path, segment)
			}
		}
		if slashes := strings.Count(strings.TrimSuffix(path, "/"), "/"); slashes != len(segments) {
			t.Errorf("%q is taken for %q", path, segments)
		}
	})
}
