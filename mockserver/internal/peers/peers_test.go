package peers_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// target is a mock as a client finds it, with a client that may use a scope.
type target struct {
	issuer, client, scope string
	jwk                   json.RawMessage
	ca                    string // file; empty: no TLS
	roots                 *x509.CertPool
}

// ways are those in which clients reach a mock.
var ways = map[string]func(*testing.T) target{
	"at its own address": func(t *testing.T) target {
		srv := mockserver.Start(t)
		return prepare(t, srv, srv.URL())
	},
	"behind a forwarded port": func(t *testing.T) target {
		srv := mockserver.Start(t, mockserver.WithControl())
		outside := forward(t, srv.URL())
		resp, err := http.Post(outside+"/_mock/url", "application/json", bytes.NewBufferString(`{"url":"`+outside+`"}`)) //nolint:noctx // a test
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatal(resp, err)
		}
		_ = resp.Body.Close()
		return prepare(t, srv, outside)
	},
	"by TLS": func(t *testing.T) target {
		srv := mockserver.Start(t, mockserver.WithTLS())
		made := prepare(t, srv, srv.URL())
		made.ca, made.roots = filepath.Join(t.TempDir(), "ca.pem"), srv.TLSRoots()
		if err := os.WriteFile(made.ca, srv.TLSRootPEM(), 0o600); err != nil {
			t.Fatal(err)
		}
		return made
	},
}

// prepare makes a scope, and a client with a key that may use it.
func prepare(t *testing.T, srv *mockserver.Server, base string) target {
	t.Helper()
	provider := srv.AddOrganization("991825827", "Digdir")
	scope, err := srv.Client(provider).Scopes.Create(t.Context(), maskinporten.ScopeCreate{Prefix: "difi", Subscope: "peers", Description: "For peers"})
	if err != nil {
		t.Fatal(err)
	}
	clients := srv.Client(provider).Clients
	made, err := clients.Create(t.Context(), maskinporten.ClientCreate{Name: "peer", Scopes: []string{scope.Name}})
	if err != nil {
		t.Fatal(err)
	}
	public, err := srv.Key(0, "peer").PublicJWK()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := clients.AddKey(t.Context(), made.ClientID, public); err != nil {
		t.Fatal(err)
	}
	return target{issuer: base + "/", client: made.ClientID, scope: scope.Name, jwk: srv.JWK(0, "peer")}
}

// forward lets what connects to another port through to the mock, as compose and
// Testcontainers do.
func forward(t *testing.T, address string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a test
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			outside, err := listener.Accept()
			if err != nil {
				return
			}
			inside, err := net.Dial("tcp", address[len("http://"):]) //nolint:noctx // a test
			if err != nil {
				_ = outside.Close()
				continue
			}
			go func() { _, _ = io.Copy(inside, outside); _ = inside.Close() }()
			go func() { _, _ = io.Copy(outside, inside); _ = outside.Close() }()
		}
	}()
	return "http://" + listener.Addr().String()
}

// everyWay runs a peer against the mock in each way.
func everyWay(t *testing.T, peer func(*testing.T, target)) {
	t.Helper()
	for name, reach := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			peer(t, reach(t))
		})
	}
}

// TestPeersOfOtherLanguages needs node with the modules of node/package.json, and
// python3 with jwt and authlib.
func TestPeersOfOtherLanguages(t *testing.T) {
	t.Parallel()
	python := "/usr/bin/python3"
	for _, command := range [][]string{
		{"node", "node/jose.mjs"}, {"node", "node/oauth4webapi.mjs"}, {"node", "node/openid-client.mjs"},
		{python, "python/peer_pyjwt.py"}, {python, "python/peer_authlib.py"},
	} {
		t.Run(filepath.Base(command[1]), func(t *testing.T) {
			t.Parallel()
			everyWay(t, func(t *testing.T, at target) {
				run := exec.CommandContext(t.Context(), command[0], command[1:]...)
				run.Env = append(os.Environ(), "PEER_ISSUER="+at.issuer, "PEER_CLIENT="+at.client, "PEER_SCOPE="+at.scope, "PEER_JWK="+string(at.jwk),
					"PEER_CA="+at.ca, "NODE_EXTRA_CA_CERTS="+at.ca, "REQUESTS_CA_BUNDLE="+at.ca, "PYTHONDONTWRITEBYTECODE=1")
				if output, err := run.CombinedOutput(); err != nil {
					t.Errorf("%v\n%s", err, output)
				}
			})
		})
	}
}
