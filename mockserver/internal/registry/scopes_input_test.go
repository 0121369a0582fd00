package registry_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// realScope is a scope as the real service answered it.
const realScope = `{"prefix":"altinn","description":"Tilgang","subscope":"accessmanagement/authorizedparties.admin",
"long_description":"Lang (med *lett* Markdown)","active":true,"created":"2024-05-23T13:27:56.597Z","last_updated":"2024-05-23T13:27:56.597Z",
"allowed_integration_types":["maskinporten"],"owner_orgno":"991825827","token_type":"SELF_CONTAINED","visibility":"PUBLIC",
"requires_user_consent":false,"requires_user_authentication":false,"requires_pseudonymous_tokens":false,"at_max_age":3600,
"authorization_max_lifetime":3600,"accessible_for_all":false,"name":"altinn:accessmanagement/authorizedparties.admin",
"protected":false,"supports_european_businesses":false}`

func TestARealScopeComesBackAsItWasSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.advance(time.Date(2024, 5, 23, 13, 27, 56, 597e6, time.UTC).Sub(dawn))
	check.OK(t, w.AssignPrefix(providerNo, "altinn"))
	var in registry.ScopeInput
	check.OK(t, json.Unmarshal([]byte(realScope), &in))
	s := check.Got(w.CreateScope(provider, in))(t)
	want := jsonOf(t, json.RawMessage(realScope))
	check.Same(t, want, jsonOf(t, s))
}

func TestTranslationsAreKeptAndAnsweredAsFlatKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var in registry.ScopeInput
	check.OK(t, json.Unmarshal([]byte(`{"prefix":"difi","subscope":"api","description":"Norsk","description#nn":"Nynorsk",
		"description#en":"English","long_description#en":"Long","description#se":null,"name#en":"dropped","description#":"dropped",
		"description#a b":"dropped"}`), &in))
	s := check.Got(w.CreateScope(provider, in))(t)
	got := jsonOf(t, s)
	for key, want := range map[string]any{
		"description": "Norsk", "description#nn": "Nynorsk", "description#en": "English", "long_description#en": "Long",
	} {
		check.Same(t, want, got[key], key)
	}
	for key := range got {
		if strings.Contains(key, "#") && key != "description#nn" && key != "description#en" && key != "long_description#en" {
			t.Errorf("%s came back", key)
		}
	}
}

func TestUnsetFieldsAreOmittedAndFlagsAlwaysAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := check.Got(w.CreateScope(provider, input("difi", "api")))(t)
	want := map[string]any{
		"prefix": "difi", "subscope": "api", "name": "difi:api", "description": "For api", "owner_orgno": providerNo,
		"active": true, "created": "2025-07-02T08:30:00Z", "last_updated": "2025-07-02T08:30:00Z",
		"token_type": "SELF_CONTAINED", "visibility": "PRIVATE",
		"requires_user_consent": false, "requires_user_authentication": false, "requires_pseudonymous_tokens": false,
		"at_max_age": 0.0, "authorization_max_lifetime": 0.0, "accessible_for_all": false,
		"protected": false, "supports_european_businesses": false,
	}
	check.Same(t, want, jsonOf(t, s))
}

func TestUnknownAndDerivedFieldsAreTolerated(t *testing.T) {
	t.Parallel()
	var in registry.ScopeInput
	check.OK(t, json.Unmarshal([]byte(`{"prefix":"difi","name":"other:name","created":17,"last_updated":"never","id":{"a":[1]},"x":null,
		"Description":"other case","SUBSCOPE":7,"de\u017fcription":"long s"}`), &in))
	want := registry.ScopeInput{ScopeFields: registry.ScopeFields{Prefix: "difi"}}
	check.Same(t, want, in)
}

func TestNullIsAsGoodAsAbsent(t *testing.T) {
	t.Parallel()
	var in registry.ScopeInput
	check.OK(t, json.Unmarshal([]byte(`{"prefix":"difi","active":null,"at_max_age":null,"description":null,"allowed_integration_types":null}`), &in))
	if in.Active != nil || in.AtMaxAge != 0 || in.Description != "" || in.AllowedIntegrationTypes != nil {
		t.Errorf("got %+v", in)
	}
}

func TestReadingReplacesWhatWasThere(t *testing.T) {
	t.Parallel()
	in := input("difi", "api")
	in.Active = new(true)
	check.OK(t, json.Unmarshal([]byte(`{"active":false}`), &in))
	if in.Prefix != "" || in.Active == nil || *in.Active {
		t.Errorf("got %+v", in)
	}
	before := in
	if json.Unmarshal([]byte(`{"prefix":1}`), &in) == nil || in.Active != before.Active {
		t.Error("a refused body left traces")
	}
}

func TestAWrongTypeIsInvalidAndNamesTheField(t *testing.T) {
	t.Parallel()
	for field, value := range map[string]string{
		"prefix": `1`, "subscope": `{}`, "description": `["x"]`, "long_description": `true`, "active": `"true"`,
		"owner_orgno": `991825827`, "allowed_integration_types": `"maskinporten"`, "token_type": `0`, "visibility": `[]`,
		"delegation_source": `false`, "requires_user_consent": `1`, "requires_user_authentication": `"no"`,
		"requires_pseudonymous_tokens": `{}`, "at_max_age": `"30s"`, "authorization_max_lifetime": `1.5`,
		"accessible_for_all": `0`, "enforced_aud_for_access_token": `true`,
		"supports_european_businesses": `"false"`, "description#en": `7`, "long_description#nb": `{}`,
	} {
		var in registry.ScopeInput
		err := json.Unmarshal([]byte(`{"`+field+`":`+value+`}`), &in)
		t.Log(err)
		wantKind(t, err, registry.Invalid, field)
	}
	for _, value := range []string{`99999999999999999999`, `1e400`, `""`, `"1.5"`, `" 1"`, `"99999999999999999999"`, `["1"]`} {
		var in registry.ScopeInput
		wantKind(t, json.Unmarshal([]byte(`{"at_max_age":`+value+`}`), &in), registry.Invalid, "at_max_age")
	}
	var in registry.ScopeInput
	wantKind(t, json.Unmarshal([]byte(`{"allowed_integration_types":["krr",7]}`), &in), registry.Invalid, "allowed_integration_types")
}

func TestABodyThatIsNoObjectIsInvalid(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`[]`, `"scope"`, `17`, `true`, "{\"prefix\":\"\xff\"}"} {
		var in registry.ScopeInput
		wantKind(t, json.Unmarshal([]byte(body), &in), registry.Invalid, "")
	}
	var in registry.ScopeInput
	deep := strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)
	if json.Unmarshal([]byte(`{"x":`+deep+`}`), &in) == nil {
		t.Error("JSON that is 20,000 levels deep was taken")
	}
}

func FuzzWhatIsAnsweredCanBeSentBack(f *testing.F) {
	f.Add([]byte(realScope))
	f.Add([]byte(`{"prefix":"difi","subscope":"a/b:c","description":"x","description#en":"\u0000","allowed_integration_types":["krr","krr"],"active":false}`))
	f.Add([]byte(`{"prefix":null,"Subscope":1,"at_max_age":-0,"long_description#nn":{}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var in registry.ScopeInput
		if err := json.Unmarshal(body, &in); err != nil {
			return
		}
		w := newWorld(t)
		check.OK(t, w.AssignPrefix(providerNo, "altinn"))
		created, err := w.CreateScope(provider, in)
		if err != nil {
			return
		}
		answer := check.Got(json.Marshal(created))(t)
		var again registry.ScopeInput
		check.OK(t, json.Unmarshal(answer, &again))
		replaced := check.Got(w.ReplaceScope(provider, created.Name, again))(t)
		check.Same(t, created, replaced)
	})
}

// jsonOf encodes a value, unless it is JSON already, and decodes it loosely.
func jsonOf(t *testing.T, v any) map[string]any {
	t.Helper()
	data := check.Got(json.Marshal(v))(t)
	var object map[string]any
	check.OK(t, json.Unmarshal(data, &object))
	return object
}
