package maskinporten_test

import (
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// selfService stands in for the keys of the self-service API and for a token
// endpoint that learns of them some time later. It checks signatures.
type selfService struct {
	propagation time.Duration
	// diesAt is the number of the request at which the caller's program dies:
	// 0 for never. That request is still carried out if obeyed is set.
	diesAt int
	obeyed bool
	// once makes it one answer that is lost, and no death.
	once bool
	// refuse, if set, answers a token request instead.
	refuse func(clientID, kid, scope string) (string, bool)

	mu       sync.Mutex
	requests int
	calls    []string
	clients  map[string]*registered
}

type registered struct {
	document string // without keys
	scopes   []string
	keys     []postedKey
}

type postedKey struct {
	jwk             maskinporten.JSONWebKey
	posted, removed time.Time
}

var errDead = errors.New("the program is dead")

// newSelfService has an admin client with the key test-key, and the client
// app with one key, that of old, kid "old".
func newSelfService(t testing.TB) *selfService {
	t.Helper()
	s := &selfService{clients: map[string]*registered{
		"admin": {scopes: []string{dcrRead, dcrModify, dcrWrite, "difi:api3"}},
		"app":   {scopes: []string{"difi:api3"}},
	}}
	for id, client := range s.clients {
		client.document = fmt.Sprintf(`"client_id":%q,"active":true,"integration_type":"maskinporten"`, id)
	}
	s.add(t, "admin", signingKey(t, 0, "test-key"))
	s.add(t, "app", signingKey(t, 1, "old"))
	return s
}

func signingKey(t testing.TB, n int, kid string) *maskinporten.Key {
	t.Helper()
	return check.Got(maskinporten.KeyFromSigner(rsaKeys()[n], kid))(t)
}

// add puts a key on a client, known since long ago.
func (s *selfService) add(t testing.TB, id string, key *maskinporten.Key) {
	t.Helper()
	jwk := check.Got(key.PublicJWK())(t)
	jwk.Created = time.Now().Add(-time.Hour)
	client := s.clients[id]
	client.keys = append(client.keys, postedKey{jwk: jwk, posted: jwk.Created})
}

// admin is a client that signs in with test-key.
func (s *selfService) admin(t testing.TB) *maskinporten.Client {
	t.Helper()
	return s.adminWith(t, maskinporten.Credentials{ClientID: "admin", Key: signingKey(t, 0, "test-key")})
}

func (s *selfService) adminWith(t testing.TB, credentials maskinporten.Credentials) *maskinporten.Client {
	t.Helper()
	everything := &backend{other: func(r *http.Request) (reply, bool) { return s.answer(r), true }}
	client := check.Got(maskinporten.New(backendEndpoints(), credentials, maskinporten.WithHTTPClient(everything.http())))(t)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// kids are those registered on a client now.
func (s *selfService) kids(id string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var kids []string
	for _, key := range s.clients[id].current() {
		kids = append(kids, key.KeyID)
	}
	return kids
}

func (s *selfService) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// reborn is the program started again.
func (s *selfService) reborn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.diesAt, s.requests, s.calls = 0, 0, nil
}

func (c *registered) current() []maskinporten.JSONWebKey {
	var keys []maskinporten.JSONWebKey
	for _, key := range c.keys {
		if key.removed.IsZero() {
			keys = append(keys, key.jwk)
		}
	}
	return keys
}

// known is a key as the token endpoint knows it, at its worst: it hears of new
// keys late, and of removals at once.
func (c *registered) known(kid string, propagation time.Duration) *rsa.PublicKey {
	seen := time.Now().Add(-propagation)
	for _, key := range c.keys {
		if key.jwk.KeyID != kid || key.posted.After(seen) || !key.removed.IsZero() {
			continue
		}
		public, _ := key.jwk.PublicKey()
		return public
	}
	return nil
}

func (s *selfService) answer(r *http.Request) reply {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	if s.diesAt > 0 && (s.requests > s.diesAt && !s.once || s.requests == s.diesAt && !s.obeyed) {
		return reply{err: errDead}
	}
	var result answer
	if r.URL.String() == backendIssuer+"token" {
		result = s.token(readGrant(string(body)))
	} else {
		path := strings.TrimPrefix(r.URL.Path, "/base/api/v1/clients/")
		s.calls = append(s.calls, r.Method+" "+path)
		result = s.api(r.Method, strings.Split(path, "/"), string(body))
	}
	if s.requests == s.diesAt {
		return reply{err: errDead}
	}
	return reply{status: result.Status, body: result.Body}
}

func tokenRefusal(code, description, mp string) answer {
	return answer{http.StatusBadRequest, fmt.Sprintf(`{"error":%q,"error_description":%q,"error_uri":%q}`,
		code, description+" (trace_id: 0123456789abcdef0123456789abcdef)", backendIssuer+"errors/"+mp)}
}

func (s *selfService) token(grant grantSeen) answer {
	assertion, err := jose.ParseSignedCompact(grant.Assertion, []jose.SignatureAlgorithm{jose.RS256, jose.RS512})
	if err != nil {
		return tokenRefusal("invalid_request", "Invalid assertion", "MP-011")
	}
	issuer, _ := grant.Claims["iss"].(string)
	kid := assertion.Signatures[0].Header.KeyID
	if s.refuse != nil {
		if refusal, refused := s.refuse(issuer, kid, grant.scope()); refused {
			return tokenRefusal("invalid_grant", "Refused", refusal)
		}
	}
	client, ok := s.clients[issuer]
	if !ok {
		return tokenRefusal("invalid_grant", "Client not found", "MP-100")
	}
	public := client.known(kid, s.propagation)
	if public == nil {
		return tokenRefusal("invalid_grant", "Invalid assertion. Client authentication failed. Unknown key identifier (kid) for client.", "")
	}
	if _, err := assertion.Verify(public); err != nil {
		return tokenRefusal("invalid_grant", "Invalid JWT signature.", "MP-124")
	}
	if !slices.Contains(client.scopes, grant.scope()) {
		return tokenRefusal("invalid_scope", "Token request contains invalid scopes for client", "MP-200")
	}
	return answer{http.StatusOK, tokenFor(grant.scope())}
}

func (s *selfService) api(method string, path []string, body string) answer {
	client, ok := s.clients[path[0]]
	switch {
	case !ok:
		return answer{http.StatusNotFound, notFound}
	case len(path) == 1 && method == http.MethodGet:
		scopes, _ := json.Marshal(client.scopes)
		return answer{http.StatusOK, fmt.Sprintf(`{%s,"scopes":%s}`, client.document, scopes)}
	case len(path) == 2 && method == http.MethodGet:
		keys := client.current()
		if len(keys) == 0 {
			return answer{http.StatusNotFound, notFound}
		}
		data, _ := json.Marshal(maskinporten.JSONWebKeySet{Keys: keys})
		return answer{http.StatusOK, string(data)}
	case len(path) == 3 && method == http.MethodGet:
		return client.get(path[2])
	case len(path) == 3 && method == http.MethodPut:
		return client.put(path[2], body)
	case len(path) == 3 && method == http.MethodDelete:
		return client.remove(path[2])
	}
	return answer{http.StatusMethodNotAllowed, `{}`}
}

func (c *registered) get(kid string) answer {
	for _, key := range c.current() {
		if key.KeyID == kid {
			data, _ := json.Marshal(key)
			return answer{http.StatusOK, string(data)}
		}
	}
	return answer{http.StatusNotFound, notFound}
}

func (c *registered) put(kid, body string) answer {
	key := postedKey{posted: time.Now()}
	if err := json.Unmarshal([]byte(body), &key.jwk); err != nil || key.jwk.KeyID != kid {
		return answer{http.StatusBadRequest, `{}`}
	}
	key.jwk.Created = key.posted
	if _, err := json.Marshal(key.jwk); err != nil {
		return answer{http.StatusBadRequest, `{}`}
	}
	c.remove(kid)
	if len(c.current()) >= maskinporten.MaxKeys {
		return answer{http.StatusConflict, `{"status":409,"error":", five keys","error_description":", five keys"}`}
	}
	c.keys = append(c.keys, key)
	return answer{http.StatusOK, body}
}

func (c *registered) remove(kid string) answer {
	for i, key := range c.keys {
		if key.jwk.KeyID == kid && key.removed.IsZero() {
			c.keys[i].removed = time.Now()
			return answer{http.StatusOK, ``}
		}
	}
	return answer{http.StatusNotFound, notFound}
}
