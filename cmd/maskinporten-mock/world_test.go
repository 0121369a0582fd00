package main

import (
	"net/http"
	"net/url"

	"github.com/go-jose/go-jose/v4"
)

const (
	digdir   = "991825827"
	nav      = "889640782"
	supplier = "910753614"
)

// newScope makes a scope of the provider, with prefix difi.
func (p *service) newScope(subscope string, fields object) object {
	p.t.Helper()
	body := with(object{"prefix": "difi", "subscope": subscope, "description": "d"}, fields)
	return p.call(p.credential("provider"), scopesWrite, http.MethodPost, "/scopes", body).ok()
}

// access grants (PUT) or takes back (DELETE) access to one of the provider's
// scopes.
func (p *service) access(method, scope, consumer string) answer {
	p.t.Helper()
	return p.call(p.credential("provider"), scopesWrite, method, "/scopes/access/"+consumer+"?scope="+url.QueryEscape(scope), nil)
}

// newClient registers a maskinporten client of an organisation.
func (p *service) newClient(role string, fields object) object {
	p.t.Helper()
	body := with(object{"client_name": "app", "integration_type": "maskinporten"}, fields)
	return p.call(p.credential(role), dcrWrite, http.MethodPost, "/clients", body).ok()
}

// appKey is the key that clients of these tests sign with: that of an admin
// client, since the program makes no other.
func (p *service) appKey() jose.JSONWebKey { return p.credential("keys-only").JWK }

// withKey puts the key on a client, and returns the client as one to ask for
// tokens with.
func (p *service) withKey(role string, client object) credential {
	p.t.Helper()
	id, _ := client["client_id"].(string)
	p.call(p.credential(role), dcrWrite, http.MethodPut, "/clients/"+id+"/jwks/k1", public(p.t, p.appKey(), "k1")).ok()
	return asClient(client, p.appKey(), "k1")
}

// consumerApp is the whole story: the scope difi:api, an access to it, a client
// with a key.
func (p *service) consumerApp() (scope object, app credential) {
	p.t.Helper()
	scope = p.newScope("api", nil)
	name, _ := scope["name"].(string)
	p.access(http.MethodPut, name, nav).ok()
	return scope, p.withKey("consumer", p.newClient("consumer", object{"scopes": []string{name}}))
}

// text is a field of an object that holds text.
func text(o object, field string) string {
	value, _ := o[field].(string)
	return value
}
