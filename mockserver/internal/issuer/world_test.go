package issuer_test

import (
	"crypto"
	"crypto/rsa"
	_ "crypto/sha512" // for RS384 and RS512
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// The organisations of these tests, registered by newWorld.
const (
	providerNo = "991825827" // owns the prefix difi
	consumerNo = "889640782"
	supplierNo = "910753614"
	strangerNo = "974760673"
)

// The keys of these tests.
const (
	appKey   = testkeys.Free
	otherKey = testkeys.Free + 1
	certKey  = testkeys.Free + 2
)

const (
	jwtBearer   = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	issuerURL   = "https://test.maskinporten.no/"
	kid         = "key-1"
	app         = "app"      // the consumer's client, with a key
	certificate = "cert-app" // the consumer's client, without keys
)

var (
	provider = registry.Caller{OrgNo: providerNo, Own: true}
	consumer = registry.Caller{OrgNo: consumerNo, Own: true}
	supplier = registry.Caller{OrgNo: supplierNo, Own: true, Supplier: true}
)

// dawn is when the clock of every world starts.
var dawn = time.Date(2025, 7, 2, 8, 30, 0, 0, time.UTC)

type object = map[string]any

// world is an issuer over a real registry, with the scopes difi:a and difi:b,
// which the consumer has access to, and two clients of the consumer's.
type world struct {
	*registry.Registry
	issuer *issuer.Issuer
	door   *issuer.Endpoint
	ca     *pki.CA

	mu    sync.Mutex
	clock time.Time
	ids   int
}

func newWorld(t testing.TB, options ...func(*issuer.Config)) *world {
	t.Helper()
	return newSlowWorld(t, 0, options...)
}

// newSlowWorld is newWorld, but changes made after it was set up take as long
// as propagation to reach the token endpoint.
func newSlowWorld(t testing.TB, propagation time.Duration, options ...func(*issuer.Config)) *world {
	t.Helper()
	w := &world{clock: dawn}
	w.ca = pki.New(w.newID)
	config := issuer.Config{Environment: "test", PKI: w.ca, Now: w.now, NewID: w.newID, Keys: [2]int{testkeys.Issuers, testkeys.Issuers + 1}}
	w.Registry = registry.New(registry.Config{Environment: "test", Now: w.now, NewID: w.newID, Propagation: propagation})
	config.Registry = w.Registry
	for _, option := range options {
		option(&config)
	}
	w.issuer = issuer.New(config)
	w.door = w.openDoor(t, issuerURL)
	for _, orgno := range []string{providerNo, consumerNo, supplierNo} {
		check.OK(t, w.AddOrganization(orgno, "Organisation "+orgno))
	}
	check.OK(t, w.AssignPrefix(providerNo, "difi"))
	w.scope(t, "a", nil)
	w.scope(t, "b", nil)
	w.client(t, consumer, registry.ClientFields{ClientID: app, Scopes: []string{"difi:a", "difi:b"}})
	w.client(t, consumer, registry.ClientFields{ClientID: certificate, Scopes: []string{"difi:a", "difi:b"}})
	w.key(t, consumer, app, kid, appKey, "RS256")
	w.Settle()
	return w
}

// having runs the issuer with variants in force.
func having(names ...string) func(*issuer.Config) {
	var chosen variants.Choice
	for _, name := range names {
		var err error
		if chosen, err = chosen.Parse(name); err != nil {
			panic(err) //nolint:forbidigo // a variant that this file misspells
		}
	}
	return func(c *issuer.Config) { c.Variants = func() variants.Set { return chosen.Over(0) } }
}

// onClients runs the issuer with a registry that shows its clients as change
// makes them.
func onClients(change func(*registry.Client)) func(*issuer.Config) {
	return func(c *issuer.Config) { c.Registry = changedClients{c.Registry, change} }
}

type changedClients struct {
	issuer.Registry
	change func(*registry.Client)
}

func (r changedClients) IssuedClient(id string) (*registry.Client, bool) {
	c, ok := r.Registry.IssuedClient(id)
	if ok {
		c = new(*c)
		r.change(c)
	}
	return c, ok
}

func (w *world) openDoor(t testing.TB, address string) *issuer.Endpoint {
	t.Helper()
	door := check.Got(w.issuer.Endpoint(address, address+"token"))(t)
	return door
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

func (w *world) newID() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ids++
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", w.ids)
}

// scope creates a scope of the provider's and gives the consumer access.
func (w *world) scope(t testing.TB, subscope string, change func(*registry.ScopeInput)) {
	t.Helper()
	in := registry.ScopeInput{ScopeFields: registry.ScopeFields{Prefix: "difi", Subscope: subscope, Description: "For tests"}}
	if change != nil {
		change(&in)
	}
	check.Got(w.CreateScope(provider, in))(t)
	w.grant(t, "difi:"+subscope, consumerNo)
}

func (w *world) grant(t testing.TB, scope, orgno string) {
	t.Helper()
	check.Got(w.GrantAccess(provider, scope, orgno))(t)
}

// revoke takes the consumer's access back.
func (w *world) revoke(t testing.TB, scope string) {
	t.Helper()
	check.Got(w.RevokeAccess(provider, scope, consumerNo))(t)
}

func (w *world) client(t testing.TB, caller registry.Caller, fields registry.ClientFields, changes ...func(*registry.ClientInput)) {
	t.Helper()
	in := registry.ClientInput{ClientFields: fields}
	in.ClientName, in.Description = in.ClientID, "For tests"
	for _, change := range changes {
		change(&in)
	}
	check.Got2(w.CreateClient(caller, in))(t)
}

func (w *world) key(t testing.TB, caller registry.Caller, client, kid string, number int, algorithm string, x5c ...string) {
	t.Helper()
	params := check.Got(testkeys.Public(number))(t)
	check.Got(w.PutKey(caller, client, kid, registry.KeyInput{Kty: "RSA", Use: "sig", Alg: algorithm, N: params.N, E: params.E, X5c: x5c}))(t)
}

// claims are those of a good grant, with changes; a change to nil leaves the
// claim out.
func (w *world) claims(changes object) object {
	now := w.now().Unix()
	claims := object{"iss": app, "aud": issuerURL, "iat": now, "exp": now + 100, "jti": w.newID(), "scope": "difi:a"}
	maps.Copy(claims, changes)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	return claims
}

// good is a grant that is fine but for the changes to its claims.
func (w *world) good(t testing.TB, changes object) string {
	t.Helper()
	return sign(t, appKey, object{"alg": "RS256", "kid": kid}, w.claims(changes))
}

var hashes = map[string]crypto.Hash{"RS256": crypto.SHA256, "RS384": crypto.SHA384, "RS512": crypto.SHA512}

// sign makes a JWT of a header and claims, each of which is JSON text or a
// value to encode. The alg of a header that isn't text decides the hash.
func sign(t testing.TB, number int, header, claims any) string {
	t.Helper()
	hash := crypto.SHA256
	if values, ok := header.(object); ok {
		if h, ok := hashes[fmt.Sprint(values["alg"])]; ok {
			hash = h
		}
	}
	signed := encode(t, header) + "." + encode(t, claims)
	key := check.Got(testkeys.RSA(number))(t)
	digest := hash.New()
	digest.Write([]byte(signed))
	signature := check.Got(rsa.SignPKCS1v15(nil, key, hash, digest.Sum(nil)))(t)
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func encode(t testing.TB, part any) string {
	t.Helper()
	text, ok := part.(string)
	if !ok {
		bytes := check.Got(json.Marshal(part))(t)
		text = string(bytes)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// reply is an answer of the token endpoint.
type reply struct {
	status   int
	header   http.Header
	body     object
	decision *issuer.Decision
}

// ask sends a grant through the first door.
func (w *world) ask(t testing.TB, assertion string) reply {
	t.Helper()
	return w.post(t, w.door, url.Values{"grant_type": {jwtBearer}, "assertion": {assertion}}.Encode())
}

func (w *world) post(t testing.TB, door *issuer.Endpoint, form string) reply {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/token", strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return serve(t, door, r)
}

func serve(t testing.TB, door *issuer.Endpoint, r *http.Request) reply {
	t.Helper()
	recorder := httptest.NewRecorder()
	decision := door.Token(recorder, r)
	got := reply{status: recorder.Code, header: recorder.Header(), decision: decision}
	if err := json.Unmarshal(recorder.Body.Bytes(), &got.body); err != nil {
		t.Fatalf("the answer is no JSON: %v: %q", err, recorder.Body)
	}
	if got.status != decision.Status {
		t.Errorf("status %d, but the decision says %d", got.status, decision.Status)
	}
	return got
}

// granted fails unless a token was given, and returns its claims.
func granted(t testing.TB, got reply) object {
	t.Helper()
	if got.status != http.StatusOK {
		t.Fatalf("refused: %d %v (%s)", got.status, got.body, got.decision.Reason)
	}
	return claimsOf(t, fmt.Sprint(got.body["access_token"]))
}

// claimsOf decodes a token without checking it.
func claimsOf(t testing.TB, token string) object {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("the token has %d parts", len(parts))
	}
	payload := check.Got(base64.RawURLEncoding.DecodeString(parts[1]))(t)
	var claims object
	check.OK(t, json.Unmarshal(payload, &claims))
	return claims
}
