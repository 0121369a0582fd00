package registry_test

import (
	"encoding/json"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// supplier may register clients for others and act on those.
var supplier = registry.Caller{OrgNo: supplierNo, Own: true, Supplier: true, Actor: "supplier-admin"}

const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// change is a way to write what differs from an input that is right.
type change = func(*registry.ClientInput)

func typed(integrationType string) change {
	return func(in *registry.ClientInput) { in.IntegrationType = integrationType }
}

func scoped(scopes ...string) change {
	return func(in *registry.ClientInput) { in.Scopes = scopes }
}

func redirected(uris ...string) change {
	return func(in *registry.ClientInput) { in.RedirectURIs = uris }
}

func application(applicationType, method string) change {
	return func(in *registry.ClientInput) {
		in.ApplicationType, in.TokenEndpointAuthMethod = applicationType, method
	}
}

// server is the least that makes a client for machines.
func server(changes ...change) registry.ClientInput {
	return changed(registry.ClientInput{ClientFields: registry.ClientFields{ClientName: "Server", IntegrationType: registry.Maskinporten}}, changes)
}

// login is the least that makes a client that logs people in.
func login(changes ...change) registry.ClientInput {
	return changed(registry.ClientInput{ClientFields: registry.ClientFields{
		ClientName: "Login", IntegrationType: registry.IDPorten, ApplicationType: "web",
		TokenEndpointAuthMethod: "private_key_jwt", Scopes: []string{"openid"},
		RedirectURIs: []string{"https://app.example.no/back"},
	}}, changes)
}

func changed(in registry.ClientInput, changes []change) registry.ClientInput {
	for _, c := range changes {
		c(&in)
	}
	return in
}

// create registers a client of the consumer's.
func (w *world) create(t testing.TB, in registry.ClientInput) *registry.Client {
	t.Helper()
	c, _ := check.Got2(w.CreateClient(consumer, in))(t)
	return c
}

// refuses checks that creating a client is refused, and that nothing came of
// it.
func (w *world) refuses(t testing.TB, caller registry.Caller, in registry.ClientInput, kind registry.Kind, field string) {
	t.Helper()
	before := w.clients(t)
	w.happened()
	c, secret, err := w.CreateClient(caller, in)
	wantKind(t, err, kind, field)
	if c != nil || secret != "" || w.clients(t) != before || len(w.happened()) != 0 {
		t.Fatal("a refused client left something behind")
	}
}

// refusesChange checks that a call on a client is refused and leaves it, the
// very same, and tells nobody.
func (w *world) refusesChange(t testing.TB, id string, kind registry.Kind, field string, call func() error) {
	t.Helper()
	before := w.stored(t, id)
	w.happened()
	wantKind(t, call(), kind, field)
	if w.stored(t, id) != before {
		t.Fatal("a refused change left something behind")
	}
	w.silent(t)
}

// stored is a client as it is now, whoever's it is.
func (w *world) stored(t testing.TB, id string) *registry.Client {
	t.Helper()
	for _, caller := range []registry.Caller{consumer, supplier, provider} {
		if c, err := w.Client(caller, id); err == nil {
			return c
		}
	}
	t.Fatalf("client %s is nobody's", id)
	return nil
}

// clients counts all clients there are.
func (w *world) clients(t testing.TB) int {
	t.Helper()
	seen := map[string]bool{}
	for _, caller := range []registry.Caller{consumer, supplier, provider} {
		list := check.Got(w.Clients(caller, true))(t)
		for _, c := range list {
			seen[c.ClientID] = true
		}
	}
	return len(seen)
}

// decoded reads an input from JSON, as it comes in a body.
func decoded[T any](t testing.TB, text string) T {
	t.Helper()
	var in T
	check.OK(t, json.Unmarshal([]byte(text), &in))
	return in
}

// publicKey is a test key, by number, as somebody posts it.
func publicKey(t testing.TB, number int, kid string) registry.KeyInput {
	t.Helper()
	params := check.Got(testkeys.Public(testkeys.Free + number))(t)
	return registry.KeyInput{Kty: "RSA", Kid: kid, Use: "sig", Alg: "RS256", N: params.N, E: params.E}
}

// posts puts keys on a client of the consumer's, numbered as their kids.
func (w *world) posts(t testing.TB, id string, kids ...string) {
	t.Helper()
	for i, kid := range kids {
		check.Got(w.PutKey(consumer, id, kid, publicKey(t, i, kid)))(t)
	}
}

// kids lists a client's keys.
func (w *world) kids(t testing.TB, id string) []string {
	t.Helper()
	list := []string{}
	if set := w.stored(t, id).JWKS; set != nil {
		for _, key := range set.Keys {
			list = append(list, key.Kid)
		}
	}
	return list
}
