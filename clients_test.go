package maskinporten_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

const (
	dcrRead     = "idporten:dcr.read"
	dcrWrite    = "idporten:dcr.write"
	dcrModify   = "idporten:dcr.modify"
	dcrSupplier = "idporten:dcr.supplier"
	dcrOnBehalf = "idporten:dcr/onbehalfof.write"
)

// ignored makes a call's error out of its answer and error.
func ignored[T any](_ T, err error) error { return err }

func TestEachClientCallGoesToItsPlaceWithTheLeastToken(t *testing.T) {
	t.Parallel()
	key := mustParse(t, publicPEM(t, rsaKeys()[0].Public()))
	jwk := encode(t, key)
	set := `{"keys":[` + jwk + `]}`
	own, wire := newWire(t, func(s sent) answer {
		switch {
		case s.Path == "/clients" || s.Method == http.MethodGet && strings.HasSuffix(s.Path, "/onbehalfof"):
			return answer{http.StatusOK, `[]`}
		case strings.HasSuffix(s.Path, "/jwks"):
			return answer{http.StatusOK, set}
		case strings.Contains(s.Path, "/jwks/"):
			return answer{http.StatusOK, jwk}
		}
		return answer{http.StatusOK, `{"active":true}`}
	})
	for _, supplier := range []bool{false, true} {
		ctx, s := t.Context(), own.Clients
		read, write, modify, onBehalf := dcrRead, dcrWrite, dcrModify, dcrOnBehalf
		if supplier {
			s, read, write, modify, onBehalf = s.AsSupplier(), dcrSupplier, dcrSupplier, dcrSupplier, dcrSupplier
		}
		oslo := maskinporten.OnBehalfOf{OnBehalfOf: "oslo", OrgNo: "958935420"}
		wire.forget()
		wire.mustGoToTheirPlaces(t, []placed{
			{one(s.All(ctx, maskinporten.ClientFilter{})), sent{Method: "GET", Path: "/clients", Scope: read}},
			{one(s.All(ctx, maskinporten.ClientFilter{Inactive: true})), sent{Method: "GET", Path: "/clients", Query: "inactive=true", Scope: read}},
			{ignored(s.Get(ctx, "a-1")), sent{Method: "GET", Path: "/clients/a-1", Scope: read}},
			{s.Deactivate(ctx, "a-1"), sent{Method: "DELETE", Path: "/clients/a-1", Scope: write}},
			{ignored(s.Reactivate(ctx, "a-1")), sent{Method: "GET", Path: "/clients/a-1", Scope: read}}, // active already: nothing to send
			{ignored(s.RotateSecret(ctx, "a-1")), sent{Method: "POST", Path: "/clients/a-1/secret", Scope: write}},
			{one(s.Keys(ctx, "a-1")), sent{Method: "GET", Path: "/clients/a-1/jwks", Scope: read}},
			{ignored(s.Key(ctx, "a-1", "k.1")), sent{Method: "GET", Path: "/clients/a-1/jwks/k.1", Scope: read}},
			{ignored(s.Key(ctx, "a-1", "kø+1=")), sent{Method: "GET", Path: "/clients/a-1/jwks/k%C3%B8+1=", Scope: read}},
			{ignored(s.AddKey(ctx, "a-1", key)), sent{Method: "PUT", Path: "/clients/a-1/jwks/" + key.KeyID, Body: jwk, Scope: modify}},
			{ignored(s.ReplaceKeys(ctx, "a-1", []maskinporten.JSONWebKey{key})), sent{Method: "POST", Path: "/clients/a-1/jwks", Body: set, Scope: modify}},
			{s.RemoveKey(ctx, "a-1", "k.1"), sent{Method: "DELETE", Path: "/clients/a-1/jwks/k.1", Scope: modify}},
			{s.RemoveAllKeys(ctx, "a-1"), sent{Method: "DELETE", Path: "/clients/a-1/jwks", Scope: modify}},
			{one(s.OnBehalfOfs(ctx, "a-1")), sent{Method: "GET", Path: "/clients/a-1/onbehalfof", Scope: read}},
			{ignored(s.OnBehalfOf(ctx, "a-1", "oslo")), sent{Method: "GET", Path: "/clients/a-1/onbehalfof/oslo", Scope: read}},
			{ignored(s.AddOnBehalfOf(ctx, "a-1", oslo)), sent{Method: "POST", Path: "/clients/a-1/onbehalfof", Body: `{"onbehalfof":"oslo","orgno":"958935420"}`, Scope: onBehalf}},
			{ignored(s.ReplaceOnBehalfOf(ctx, "a-1", oslo)), sent{Method: "PUT", Path: "/clients/a-1/onbehalfof/oslo", Body: `{"onbehalfof":"oslo","orgno":"958935420"}`, Scope: onBehalf}},
			{s.RemoveOnBehalfOf(ctx, "a-1", "oslo"), sent{Method: "DELETE", Path: "/clients/a-1/onbehalfof/oslo", Scope: onBehalf}},
		})
	}
}

func TestNameDescriptionAndScopesMakeAMaskinportenClient(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, always(http.StatusCreated, golden(t, "client.json")))
	got, err := client.Clients.Create(t.Context(), maskinporten.ClientCreate{
		Name: "Case handling", Description: "Reads it", Scopes: []string{"difi:api3"},
	})
	if err != nil || got.ClientID != "0f3f1b4e-63f1-4f53-9a0e-5b1f6a6d9c11" || !got.ClientSecret.IsZero() {
		t.Fatalf("client %+v, error %v", got, err)
	}
	requests := wire.requests()
	if len(requests) != 1 || requests[0].Method != "POST" || requests[0].Path != "/clients" || requests[0].Scope != dcrWrite {
		t.Fatalf("sent %+v", requests)
	}
	sameJSON(t, `{"client_name":"Case handling","description":"Reads it","scopes":["difi:api3"],
		"integration_type":"maskinporten","application_type":"web","token_endpoint_auth_method":"private_key_jwt",
		"grant_types":["urn:ietf:params:oauth:grant-type:jwt-bearer"]}`, requests[0].Body)
}

func TestLoginClientsGetTheDefaultsOfTheirApplicationType(t *testing.T) {
	t.Parallel()
	for application, method := range map[maskinporten.ApplicationType]maskinporten.AuthMethod{
		maskinporten.ApplicationTypeWeb:     maskinporten.AuthMethodPrivateKeyJWT,
		maskinporten.ApplicationTypeBrowser: maskinporten.AuthMethodNone,
		maskinporten.ApplicationTypeNative:  maskinporten.AuthMethodNone,
	} {
		client, wire := newWire(t, always(http.StatusOK, `{}`))
		check.Got(client.Clients.Create(t.Context(), maskinporten.ClientCreate{
			IntegrationType: maskinporten.IntegrationTypeAPIClient, ApplicationType: application,
			RedirectURIs: []string{"https://example.no/"}, Extra: map[string]json.RawMessage{"new_field": json.RawMessage(`1`)},
		}))(t)
		sameJSON(t, fmt.Sprintf(`{"integration_type":"api_klient","application_type":%q,"token_endpoint_auth_method":%q,
			"grant_types":["authorization_code"],"redirect_uris":["https://example.no/"],"new_field":1}`, application, method), wire.requests()[0].Body)
	}
}

func TestTheSecretComesOnceWithTheCallThatMadeIt(t *testing.T) {
	t.Parallel()
	client, _ := newWire(t, always(http.StatusOK, `{"client_id":"a-1","client_secret":"hush-hush"}`))
	created, err := client.Clients.Create(t.Context(), maskinporten.ClientCreate{})
	if err != nil || created.ClientSecret.Reveal() != "hush-hush" {
		t.Errorf("created with %q, error %v", created.ClientSecret.Reveal(), err)
	}
	rotated, err := client.Clients.RotateSecret(t.Context(), "a-1")
	if err != nil || rotated.ClientSecret.Reveal() != "hush-hush" {
		t.Errorf("rotated to %q, error %v", rotated.ClientSecret.Reveal(), err)
	}
	if shown := fmt.Sprintf("%+v %#v", rotated, rotated); strings.Contains(shown, "hush") {
		t.Errorf("the client shows it: %s", shown)
	}
}

func TestUpdatingAClientLosesNothing(t *testing.T) {
	t.Parallel()
	fields, _ := anyJSON(t, golden(t, "client.json")).(map[string]any)
	fields["from_the_future"] = map[string]any{"deep": json.Number("1.50")}
	fields["frontchannel_logout_session_required"] = false
	document := check.Got(json.Marshal(fields))(t)
	client, wire := newWire(t, stored(string(document)))
	got, err := client.Clients.Update(t.Context(), "a-1", func(client *maskinporten.ClientRegistration) error {
		client.Description = "Changed"
		client.Scopes = append(client.Scopes, "difi:more")
		client.AccessTokenLifetime = 0
		return nil
	})
	if err != nil || got.Description != "Changed" {
		t.Fatalf("client %+v, error %v", got, err)
	}
	fields["description"] = "Changed"
	fields["scopes"] = []string{"difi:api3", "difi:api/v3.read", "difi:more"}
	delete(fields, "access_token_lifetime")
	want := check.Got(json.Marshal(fields))(t)
	requests := wire.requests()
	if len(requests) != 2 || requests[1].Method != "PUT" || requests[1].Path != "/clients/a-1" || requests[1].Scope != dcrWrite {
		t.Fatalf("sent %+v", requests)
	}
	sameJSON(t, string(want), requests[1].Body)
}

func TestReactivatingPutsTheClientBackActive(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, stored(`{"client_id":"a-1","active":false,"other":1}`))
	got, err := client.Clients.Reactivate(t.Context(), "a-1")
	if err != nil || !got.Active {
		t.Fatalf("client %+v, error %v", got, err)
	}
	sameJSON(t, `{"client_id":"a-1","active":true,"other":1}`, wire.requests()[1].Body)
}

func TestAChangeThatFailsSendsNothing(t *testing.T) {
	t.Parallel()
	mine := errors.New("mine")
	client, wire := newWire(t, stored(golden(t, "client.json")))
	_, err := client.Clients.Update(t.Context(), "a-1", func(*maskinporten.ClientRegistration) error { return mine })
	check.Is(t, mine, err)
	_, err = client.Clients.UpdateOnBehalfOf(t.Context(), "a-1", "oslo", func(*maskinporten.OnBehalfOf) error { return mine })
	check.Is(t, mine, err)
	wire.mustOnlyHaveRead(t)
	mustBeArgumentError(t, ignored(client.Clients.Update(t.Context(), "a-1", nil)))
	mustBeArgumentError(t, ignored(client.Clients.UpdateOnBehalfOf(t.Context(), "a-1", "oslo", nil)))
}

func TestUpdatingANameToActForLosesNothing(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, stored(`{"onbehalfof":"oslo","name":"Oslo","other":1}`))
	got, err := client.Clients.UpdateOnBehalfOf(t.Context(), "a-1", "oslo", func(o *maskinporten.OnBehalfOf) error {
		o.Name, o.OrgNo = "Oslo kommune", "958935420"
		return nil
	})
	if err != nil || got.Name != "Oslo kommune" {
		t.Fatalf("answer %+v, error %v", got, err)
	}
	requests := wire.requests()
	check.Same(t, []sent{
		{Method: "GET", Path: "/clients/a-1/onbehalfof/oslo", Scope: dcrRead},
		{Method: "PUT", Path: "/clients/a-1/onbehalfof/oslo", Scope: dcrOnBehalf, Body: requests[1].Body},
	}, requests, "requests")
	sameJSON(t, `{"onbehalfof":"oslo","name":"Oslo kommune","orgno":"958935420","other":1}`, requests[1].Body)
}

// hostile are identifiers that would end up somewhere else, or nowhere.
func hostile() []string {
	return []string{
		"", ".", "..", "...", "/", "a/b", "../x", "..%2fx", "%2e%2e", `a\b`, "a?b", "a#b", "a;b", "..;",
		" ", "a b", "a\n", "a\r\nb", "\x00", "a\u00a0b", "a\u2028b", "a\u202eb", "a\xff", "a\x7f", "\xff",
		`"a"`, "'a'", "“a”", "a\u200b", strings.Repeat("a", 1001), strings.Repeat("a", 10_000),
	}
}

func TestNoHostileIdentifierReachesAPath(t *testing.T) {
	t.Parallel()
	key := mustParse(t, publicPEM(t, rsaKeys()[0].Public()))
	signing := check.Got(maskinporten.KeyFromSigner(rsaKeys()[1], "fine"))(t)
	change := func(*maskinporten.ClientRegistration) error { return nil }
	changeName := func(*maskinporten.OnBehalfOf) error { return nil }
	strict, wire := newWire(t, always(http.StatusOK, `{}`))
	lax := wire.client(t, maskinporten.WithoutPreflight())
	ctx, s := t.Context(), strict.Clients
	for _, id := range hostile() {
		named := key
		named.KeyID = id
		bodies := []error{
			ignored(s.AddOnBehalfOf(ctx, "a-1", maskinporten.OnBehalfOf{OnBehalfOf: id})),
			ignored(s.ReplaceOnBehalfOf(ctx, "a-1", maskinporten.OnBehalfOf{OnBehalfOf: id})),
		}
		if id != "" { // without one, the service and the thumbprint give names
			bodies = append(bodies,
				ignored(s.Create(ctx, maskinporten.ClientCreate{ClientID: id})),
				ignored(s.AddKey(ctx, "a-1", named)),
				ignored(s.ReplaceKeys(ctx, "a-1", []maskinporten.JSONWebKey{named})),
			)
		}
		for i, err := range append(bodies,
			ignored(s.Get(ctx, id)), ignored(s.Update(ctx, id, change)), s.Deactivate(ctx, id), ignored(s.Reactivate(ctx, id)),
			ignored(s.RotateSecret(ctx, id)), ignored(maskinporten.Collect(s.Keys(ctx, id))), ignored(s.Key(ctx, id, "k")), ignored(s.Key(ctx, "a-1", id)),
			ignored(s.AddKey(ctx, id, key)), ignored(s.ReplaceKeys(ctx, id, []maskinporten.JSONWebKey{key})),
			s.RemoveKey(ctx, id, "k"), s.RemoveKey(ctx, "a-1", id), s.RemoveAllKeys(ctx, id),
			ignored(maskinporten.Collect(s.OnBehalfOfs(ctx, id))), ignored(s.OnBehalfOf(ctx, id, "o")), ignored(s.OnBehalfOf(ctx, "a-1", id)),
			ignored(s.AddOnBehalfOf(ctx, id, maskinporten.OnBehalfOf{OnBehalfOf: "o"})),
			ignored(s.UpdateOnBehalfOf(ctx, id, "o", changeName)), ignored(s.UpdateOnBehalfOf(ctx, "a-1", id, changeName)),
			s.RemoveOnBehalfOf(ctx, id, "o"), s.RemoveOnBehalfOf(ctx, "a-1", id),
			s.RotateKey(ctx, id, signing, maskinporten.RotateOptions{}),
			ignored(lax.Clients.Get(ctx, id)), one(lax.Clients.Keys(ctx, id)), ignored(lax.Clients.Key(ctx, "a-1", id)), lax.Clients.RemoveKey(ctx, "a-1", id),
		) {
			if !errors.Is(err, maskinporten.ErrInvalidArgument) || len(err.Error()) > 400 || strings.ContainsAny(err.Error(), "\n\x00") {
				t.Errorf("%q in call %d: error %v", id, i, err)
			}
			mustBeArgumentError(t, err)
		}
	}
	for _, orgNo := range []maskinporten.OrgNo{"..", "889640781", "88964078", "889640782 "} {
		mustBeArgumentError(t, ignored(s.Create(ctx, maskinporten.ClientCreate{ClientOrgNo: orgNo})))
		mustBeArgumentError(t, ignored(s.AddOnBehalfOf(ctx, "a-1", maskinporten.OnBehalfOf{OnBehalfOf: "o", OrgNo: orgNo})))
		mustBeArgumentError(t, ignored(s.ReplaceOnBehalfOf(ctx, "a-1", maskinporten.OnBehalfOf{OnBehalfOf: "o", OrgNo: orgNo})))
	}
	wire.mustHaveSentNothing(t)
}

func TestANameToActForKeepsItsName(t *testing.T) {
	t.Parallel()
	client, _ := newWire(t, stored(`{"onbehalfof":"oslo"}`))
	for _, change := range []func(*maskinporten.OnBehalfOf) error{
		func(o *maskinporten.OnBehalfOf) error { o.OnBehalfOf = "bergen"; return nil },
		func(o *maskinporten.OnBehalfOf) error { o.OrgNo = ".."; return nil },
	} {
		mustBeArgumentError(t, ignored(client.Clients.UpdateOnBehalfOf(t.Context(), "a-1", "oslo", change)))
	}
}

func TestListsOfClientsKeepKeysButNoUnknownFieldsAndNoSecret(t *testing.T) {
	t.Parallel()
	client, _ := newWire(t, always(http.StatusOK, "["+golden(t, "client.json")+","+golden(t, "client_login.json")+`,{"future":1,"client_secret":"hush"}]`))
	clients, err := maskinporten.Collect(client.Clients.All(t.Context(), maskinporten.ClientFilter{}))
	if err != nil || len(clients) != 3 {
		t.Fatalf("%d clients, error %v", len(clients), err)
	}
	encoded := check.Got(json.Marshal(clients[0]))(t)
	sameJSON(t, golden(t, "client.json"), string(encoded))
	if odd := clients[2]; odd.Extra != nil || !odd.ClientSecret.IsZero() || strings.Contains(fmt.Sprintf("%+v", odd), "hush") {
		t.Errorf("lists cost more than they should, or tell more: %+v", odd)
	}
}

func TestASupplierMakesClientsForOthers(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, always(http.StatusOK, `{"client_orgno":"889640782","supplier_orgno":"910753614"}`))
	got, err := client.Clients.AsSupplier().Create(t.Context(), maskinporten.ClientCreate{ClientOrgNo: "889640782"})
	if err != nil || got.SupplierOrgNo != "910753614" {
		t.Fatalf("client %+v, error %v", got, err)
	}
	request := wire.requests()[0]
	if request.Scope != dcrSupplier || !strings.Contains(request.Body, `"client_orgno":"889640782"`) {
		t.Errorf("sent %+v", request)
	}
}
