package registry_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// inputFields are the fields of all inputs, with two values each.
var inputFields = map[string][2]string{
	"client_id": {`"a"`, `"b"`}, "client_name": {`"a"`, `"b"`}, "active": {"true", "false"}, "scopes": {`["a","b"]`, `["c"]`},
	"access_token_lifetime": {"1", "2"}, "sso_disabled": {"true", "false"}, "redirect_uris": {`["a"]`, `["b"]`},
	"frontchannel_logout_session_required": {"false", "true"},
	"prefix":                               {`"a"`, `"b"`}, "description": {`"a"`, `"b"`}, "at_max_age": {"1", "2"}, "owner_orgno": {`"a"`, `"b"`},
	"accessible_for_all": {"false", "true"}, "allowed_integration_types": {`["krr","maskinporten"]`, `["krr"]`}, "description#en": {`"a"`, `"b"`},
	"kty": {`"a"`, `"b"`}, "kid": {`"a"`, `"b"`}, "n": {`"a"`, `"b"`}, "x5c": {`["a","b"]`, `["c"]`}, "exp": {"1", "2"},
	"keys":       {`[{"kid":"a","n":"x"},{"kid":"b"}]`, `[{"kid":"c"}]`},
	"onbehalfof": {`"a"`, `"b"`}, "orgno": {`"a"`, `"b"`}, "logo_uri": {`"a"`, `"b"`},
}

// exactness counts the fields of an input that were tried.
func exactness[T any](t *testing.T) (tried int) {
	t.Helper()
	read := func(text string) T { return decoded[T](t, text) }
	same := func(what string, got, want T) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%T, %s:\n%s", want, what, cmp.Diff(want, got, cmp.Exporter(func(reflect.Type) bool { return true })))
		}
	}
	var none T
	check.OK(t, json.Unmarshal([]byte(`{}`), &none))
	for name, values := range inputFields {
		first, second := read(`{"`+name+`":`+values[0]+`}`), read(`{"`+name+`":`+values[1]+`}`)
		if reflect.DeepEqual(first, second) {
			continue // this input has no such field
		}
		tried++
		for _, other := range []string{strings.ToUpper(name), strings.ToUpper(name[:1]) + name[1:], name + " "} {
			same(other, read(`{"`+other+`":`+values[1]+`}`), none)
			same(other+" of another type", read(`{"`+other+`":{"a":[[]]}}`), none)
			same(name+" and "+other, read(`{"`+name+`":`+values[0]+`,"`+other+`":`+values[1]+`}`), first)
		}
		same(name+" twice", read(`{"`+name+`":`+values[0]+`,"x":1,"`+name+`":`+values[1]+`}`), second)
		same(name+" and null", read(`{"`+name+`":`+values[0]+`,"`+name+`":null}`), none)
	}
	return tried
}

func TestNamesOfFieldsCountToTheLetterAndTheLastOfTwoCounts(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]struct {
		run    func(*testing.T) int
		fields int
	}{
		"scope":        {exactness[registry.ScopeInput], 7},
		"client":       {exactness[registry.ClientInput], 10},
		"key":          {exactness[registry.KeyInput], 5},
		"key set":      {exactness[registry.KeySetInput], 1},
		"on behalf of": {exactness[registry.OnBehalfOfInput], 4},
	} {
		if tried := try.run(t); tried < try.fields {
			t.Errorf("%s: only %d fields were tried", name, tried)
		}
	}
}

func TestKeysThatAreNoListAreNamed(t *testing.T) {
	t.Parallel()
	for text, field := range map[string]string{`{"keys":{}}`: "keys", `{"keys":"x"}`: "keys", `[]`: ""} {
		var in registry.KeySetInput
		wantKind(t, json.Unmarshal([]byte(text), &in), registry.Invalid, field)
	}
}

// A private key has been given away in whatever case its members are sent.
func TestPrivateMembersAreRecognisedInAnyCase(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	public := check.Got(json.Marshal(keyTaken(t, publicKey(t, 0, "k"))))(t)
	for _, member := range []string{"D", "P", "Qi", "OTH"} {
		in := decoded[registry.KeyInput](t, strings.Replace(string(public), "{", `{"`+member+`":"c2VjcmV0",`, 1))
		if _, err := w.PutKey(consumer, id, "k", in); err == nil || strings.Contains(err.Error(), "c2VjcmV0") {
			t.Errorf("%s: %v", member, err)
		}
	}
}

func TestAStateHasNoFieldsInAnotherCase(t *testing.T) {
	t.Parallel()
	for text, place := range map[string]string{
		`{"Scopes":[]}`: "Scopes",
		`{"prefixes":[{"Prefix":"p","owner_orgno":"991825827"}]}`:                                                        "prefixes[0].Prefix",
		`{"clients":[{"client_id":"c","client_orgno":"889640782","client_name":"n","jwks":{"Keys":[]}}]}`:                "clients[0].Keys",
		`{"clients":[{"client_id":"c","client_orgno":"889640782","client_name":"n","onbehalfof":[{"onBehalfOf":"a"}]}]}`: "clients[0].onBehalfOf",
	} {
		wantKind(t, check.Err(registry.ParseState([]byte(text))), registry.Invalid, place)
	}
}

func TestNumbersAreTakenAsTextToo(t *testing.T) {
	t.Parallel()
	var scope registry.ScopeInput
	check.OK(t, json.Unmarshal([]byte(`{"prefix":"difi","at_max_age": "30" ,"description":"\"at_max_age\":\"5\"","authorization_max_lifetime":"0"}`), &scope))
	if scope.AtMaxAge != 30 || scope.AuthorizationMaxLifetime != 0 || scope.Description != `"at_max_age":"5"` {
		t.Errorf("scope %+v", scope)
	}
	var client registry.ClientInput
	check.OK(t, json.Unmarshal([]byte(`{"access_token_lifetime":"120","refresh_token_lifetime":"-1","authorization_lifetime":"7200","access\u005ftoken_lifetime":"60"}`), &client))
	if *client.AccessTokenLifetime != 60 || *client.RefreshTokenLifetime != -1 || *client.AuthorizationLifetime != 7200 {
		t.Errorf("client %d %d %d", *client.AccessTokenLifetime, *client.RefreshTokenLifetime, *client.AuthorizationLifetime)
	}
	var set registry.KeySetInput
	check.OK(t, json.Unmarshal([]byte(`{"keys":[{"kid":"a","exp":"1800000000"},{"kid":"b","exp":1800000001}]}`), &set))
	if *set.Keys[0].Exp != 1800000000 || *set.Keys[1].Exp != 1800000001 {
		t.Errorf("keys %+v", set)
	}
}
