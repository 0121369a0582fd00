package variants_test

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/internal/mockprogram"
	"github.com/maskinporten-go/maskinporten/mockserver"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

type object = map[string]any

// mock is a running one as programs in other languages see it.
type mock struct {
	*testing.T
	Environments map[string]struct {
		Issuer string `json:"issuer"`
		Token  string `json:"token_endpoint"`
		API    string `json:"api"`
	} `json:"environments"`
	Control     string       `json:"control"`
	Credentials []credential `json:"credentials"`

	ids *atomic.Int64
	now int64 // at which its clock stands
}

type credential struct {
	Environment string          `json:"environment"`
	Role        string          `json:"role"`
	ClientID    string          `json:"client_id"`
	JWK         jose.JSONWebKey `json:"jwk"`
	Chain       []string        `json:"chain"`
	Key         string          `json:"key"`
}

// doors are the ways to choose a variant, by name and value.
var doors = map[string]func(t *testing.T, name, value string) *mock{
	"option": func(t *testing.T, name, value string) *mock {
		t.Helper()
		srv := check.Got(mockserver.New(mockserver.WithControl(), mockserver.WithVariants(mockserver.Variant(name+"="+value))))(t)
		web := httptest.NewUnstartedServer(nil)
		base := "http://" + web.Listener.Addr().String()
		web.Config.Handler = srv.Handler(base)
		web.Start()
		t.Cleanup(web.Close)
		ready := check.Got(srv.Ready(base))(t)
		line := check.Got(json.Marshal(ready))(t)
		return read(t, line)
	},
	"flag": func(t *testing.T, name, value string) *mock {
		t.Helper()
		return running(t, "-variant", name+"="+value)
	},
	"call": func(t *testing.T, name, value string) *mock {
		t.Helper()
		other := variants.Rows()[0]
		for _, row := range variants.Rows() {
			if row.Name == name {
				other = row
			}
		}
		from := map[string]string{other.Default: other.Other, other.Other: other.Default}[value]
		m := running(t, "-variant", name+"="+from) // so that the call has something to change
		m.send(http.MethodPost, m.Control+"settings", "", object{"variants": object{name: value}}).status(http.StatusOK)
		return m
	},
}

// running runs the program until the test has ended.
func running(t *testing.T, args ...string) *mock {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	reader, writer := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		args := append([]string{"-listen", "127.0.0.1:0", "-log-format", "none"}, args...)
		ended <- mockprogram.Run(ctx, mockprogram.Call{Name: "mock", Args: args, Stdin: strings.NewReader(""), Stdout: writer, Stderr: io.Discard})
		_ = writer.Close()
	}()
	line := check.Got(bufio.NewReader(reader).ReadBytes('\n'))(t)
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("exit code %d", code)
		}
	})
	return read(t, line)
}

func read(t *testing.T, line []byte) *mock {
	t.Helper()
	m := &mock{T: t, ids: &atomic.Int64{}, now: time.Now().Unix()}
	check.OK(t, json.Unmarshal(line, m))
	m.steer("clock", object{"fix": time.Unix(m.now, 0).UTC()}) // however long the rest takes
	return m
}

type answer struct {
	*testing.T
	what string
	code int
	body string
}

func (m *mock) send(method, address, token string, body any) answer {
	m.Helper()
	text, contentType := "", "application/json"
	switch body := body.(type) {
	case nil:
	case string:
		text, contentType = body, "application/x-www-form-urlencoded"
	default:
		data := check.Got(json.Marshal(body))(m.T)
		text = string(data)
	}
	request := check.Got(http.NewRequestWithContext(m.Context(), method, address, strings.NewReader(text)))(m.T)
	request.Header.Set("Content-Type", contentType)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	check.OK(m.T, err)
	defer func() { _ = response.Body.Close() }()
	data := check.Got(io.ReadAll(response.Body))(m.T)
	return answer{m.T, method + " " + address, response.StatusCode, string(data)}
}

// status ends the test when the status is another.
func (a answer) status(want int) answer {
	a.Helper()
	if a.code != want {
		a.Fatalf("%s: got %d %.500s, want %d", a.what, a.code, a.body, want)
	}
	return a
}

// says wants a status, and a text in the body.
func (a answer) says(status int, text string) {
	a.Helper()
	if a.status(status); !strings.Contains(a.body, text) {
		a.Errorf("%s: %s doesn't say %s", a.what, a.body, text)
	}
}

// never wants a text not to be in the body.
func (a answer) never(text string) answer {
	a.Helper()
	if strings.Contains(a.body, text) {
		a.Errorf("%s: %s says %s", a.what, a.body, text)
	}
	return a
}

func (a answer) object() (o object) {
	a.Helper()
	check.OK(a.T, json.Unmarshal([]byte(a.body), &o))
	return o
}

func (m *mock) role(name string) credential {
	m.Helper()
	for _, c := range m.Credentials {
		if c.Environment == "test" && c.Role == name {
			return c
		}
	}
	m.Fatalf("no %s", name)
	return credential{}
}

// ask asks for a token with a grant that is good but for some claims.
func (m *mock) ask(c credential, scope string, changes object) answer {
	m.Helper()
	claims := object{
		"aud": m.Environments["test"].Issuer, "iss": c.ClientID, "iat": m.now, "exp": m.now + 100, "scope": scope,
		"jti": fmt.Sprint(m.ids.Add(1)),
	}
	maps.Copy(claims, changes)
	key, options := any(c.JWK), &jose.SignerOptions{}
	if len(c.Chain) > 0 {
		block, _ := pem.Decode([]byte(c.Key))
		private := check.Got(x509.ParsePKCS8PrivateKey(block.Bytes))(m.T)
		chain := []string{}
		for _, text := range c.Chain {
			block, _ := pem.Decode([]byte(text))
			chain = append(chain, base64.StdEncoding.EncodeToString(block.Bytes))
		}
		key = private
		options.WithHeader("x5c", chain)
	}
	signer := check.Got(jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, options))(m.T)
	grant := check.Got(jwt.Signed(signer).Claims(claims).Serialize())(m.T)
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {grant}}
	return m.send(http.MethodPost, m.Environments["test"].Token, "", form.Encode())
}

// call makes a call of self-service.
func (m *mock) call(role, scope, method, path string, body any) answer {
	m.Helper()
	token := m.ask(m.role(role), scope, nil).status(http.StatusOK).object()["access_token"].(string)
	return m.send(method, m.Environments["test"].API+path, token, body)
}

// steer makes a call of the control API.
func (m *mock) steer(call string, body any) answer {
	m.Helper()
	return m.send(http.MethodPost, m.Control+call, "", body).status(http.StatusOK)
}

const (
	scopesWrite = "idporten:scopes.write"
	dcrWrite    = "idporten:dcr.write"
)

// behaviours say what goes over the wire for each value of each variant.
var behaviours = map[string]map[string]func(*mock){
	"empty-lists": {
		"ok": func(m *mock) {
			for _, path := range []string{"/scopes", "/prefix", "/scopes/access", "/scopes/access/all"} {
				if a := m.call("consumer", scopesWrite, http.MethodGet, path, nil).status(http.StatusOK); a.body != "[]" {
					m.Errorf("%s: %s", a.what, a.body)
				}
			}
			m.call("consumer", dcrWrite, http.MethodGet, "/clients/"+m.client(nil)+"/jwks", nil).says(http.StatusOK, `{"keys":[]}`)
		},
		"error": func(m *mock) {
			for _, path := range []string{"/scopes", "/prefix", "/scopes/access", "/scopes/access/all"} {
				m.call("consumer", scopesWrite, http.MethodGet, path, nil).says(http.StatusNotFound, "does not have any")
			}
			m.call("consumer", dcrWrite, http.MethodGet, "/clients/"+m.client(nil)+"/jwks", nil).status(http.StatusNotFound)
		},
	},
	"statuses": {
		"ok":      func(m *mock) { m.statuses(http.StatusOK, http.StatusOK) },
		"created": func(m *mock) { m.statuses(http.StatusCreated, http.StatusNoContent) },
	},
	"access-refusal": {
		"forbidden":     func(m *mock) { m.accessRefused(http.StatusForbidden, "forbidden") },
		"invalid-scope": func(m *mock) { m.accessRefused(http.StatusBadRequest, "invalid_scope") },
	},
	"error-uri": {
		"sent": func(m *mock) {
			m.ask(m.role("consumer"), dcrWrite, object{"iss": "nobody"}).never("correlation id").says(http.StatusBadRequest, "errors/MP-100")
			m.ask(m.role("consumer"), dcrWrite, object{"iss": "nobody"}).says(http.StatusBadRequest, "(trace_id: ")
		},
		"left-out": func(m *mock) {
			m.ask(m.role("consumer"), dcrWrite, object{"iss": "nobody"}).never("error_uri").never("trace_id").says(http.StatusBadRequest, "(correlation id: ")
		},
	},
	"time-refusals": {
		"documented": func(m *mock) {
			m.ended(60).says(http.StatusBadRequest, "errors/MP-130")
			m.lives(500).says(http.StatusBadRequest, "errors/MP-011")
			m.begins(60).says(http.StatusBadRequest, "Issue time is after now")
		},
		"server": func(m *mock) {
			m.ended(60).never("MP-130").says(http.StatusBadRequest, "JWT has expired.")
			m.lives(500).never("MP-011").says(http.StatusBadRequest, "JWT has too long lifetime.")
			m.begins(60).says(http.StatusBadRequest, "Issue time is in the future.")
		},
	},
	"grant-lifetime": {
		"120": func(m *mock) {
			m.lives(120).status(http.StatusOK)
			m.lives(150).says(http.StatusBadRequest, "MP-011")
			m.ended(3).says(http.StatusBadRequest, "MP-130")
		},
		"180": func(m *mock) {
			m.lives(180).status(http.StatusOK)
			m.lives(181).says(http.StatusBadRequest, "MP-011")
			m.ended(3).status(http.StatusOK)
			m.ended(30).says(http.StatusBadRequest, "MP-130")
		},
	},
	"iat-age": {
		"any": func(m *mock) { m.begins(-60).status(http.StatusOK) },
		"10s": func(m *mock) {
			m.begins(-60).says(http.StatusBadRequest, "MP-130")
			m.begins(-3).status(http.StatusOK)
		},
	},
	"scopeless-client": {
		"accepted": func(m *mock) {
			m.call("consumer", dcrWrite, http.MethodPost, "/clients", object{"client_name": "a"}).status(http.StatusOK)
		},
		"refused": func(m *mock) {
			m.call("consumer", dcrWrite, http.MethodPost, "/clients", object{"client_name": "a"}).says(http.StatusBadRequest, `"scopes"`)
			m.call("consumer", dcrWrite, http.MethodPost, "/clients", object{"client_name": "a", "scopes": []string{dcrWrite}}).status(http.StatusOK)
		},
	},
	"x5c": {
		"leaf-or-chain": func(m *mock) {
			c := m.certified()
			m.ask(c, dcrWrite, nil).status(http.StatusOK)
			c.Chain = c.Chain[:1]
			m.ask(c, dcrWrite, nil).status(http.StatusOK)
		},
		"chain": func(m *mock) {
			c := m.certified()
			m.ask(c, dcrWrite, nil).status(http.StatusOK)
			c.Chain = c.Chain[:1]
			m.ask(c, dcrWrite, nil).says(http.StatusBadRequest, "MP-120")
		},
	},
	"resource": {
		"string-or-array": func(m *mock) {
			for _, resource := range []any{"https://api.example/", []string{"https://api.example/"}} {
				m.ask(m.role("consumer"), dcrWrite, object{"resource": resource}).status(http.StatusOK)
			}
		},
		"array": func(m *mock) {
			m.ask(m.role("consumer"), dcrWrite, object{"resource": "https://api.example/"}).says(http.StatusBadRequest, "MP-011")
			m.ask(m.role("consumer"), dcrWrite, object{"resource": []string{"https://api.example/"}}).status(http.StatusOK)
		},
	},
}

// client makes a client of the consumer's, and returns its id.
func (m *mock) client(scopes []string) string {
	m.Helper()
	return m.call("consumer", dcrWrite, http.MethodPost, "/clients", object{"client_name": "App", "scopes": scopes}).object()["client_id"].(string)
}

// statuses wants calls that make and delete clients and keys to answer these;
// those of scopes answer their object whatever the variant.
func (m *mock) statuses(made, gone int) {
	m.Helper()
	created := m.call("consumer", dcrWrite, http.MethodPost, "/clients", object{"client_name": "App"}).status(made)
	path := "/clients/" + created.object()["client_id"].(string)
	key := object{}
	private := m.role("provider").JWK
	public := check.Got(new(private.Public()).MarshalJSON())(m.T)
	check.OK(m.T, json.Unmarshal(public, &key))
	key["use"], key["alg"], key["kid"] = "sig", "RS256", "k"
	m.call("consumer", dcrWrite, http.MethodPost, path+"/jwks", object{"keys": []object{key}}).status(made)
	m.call("consumer", dcrWrite, http.MethodDelete, path+"/jwks", nil).status(gone)
	if a := m.call("consumer", dcrWrite, http.MethodDelete, path, nil).status(gone); gone == http.StatusNoContent && a.body != "" {
		m.Errorf("%s: %s", a.what, a.body)
	}
	m.call("provider", scopesWrite, http.MethodPost, "/scopes", object{"prefix": "difi", "subscope": "s", "description": "d"}).status(http.StatusOK)
	m.call("provider", scopesWrite, http.MethodPut, "/scopes/access/889640782?scope=difi:s", nil).status(http.StatusOK)
	m.call("provider", scopesWrite, http.MethodDelete, "/scopes/access/889640782?scope=difi:s", nil).says(http.StatusOK, "DENIED")
	m.call("provider", scopesWrite, http.MethodDelete, "/scopes?scope=difi:s", nil).says(http.StatusOK, `"active":false`)
}

// accessRefused wants MP-250 and MP-251 to be such refusals.
func (m *mock) accessRefused(status int, code string) {
	m.Helper()
	var app credential
	check.OK(m.T, json.Unmarshal([]byte(m.steer("apps", object{"environment": "test", "orgno": "889640782", "scopes": []string{"difi:s"}}).body), &app))
	m.ask(app, "difi:s", nil).status(http.StatusOK)
	m.ask(app, "difi:s", object{"consumer_org": "910753614"}).says(status, "errors/MP-251")
	m.call("provider", scopesWrite, http.MethodDelete, "/scopes/access/889640782?scope=difi:s", nil).status(http.StatusOK)
	a := m.ask(app, "difi:s", nil)
	a.says(status, "errors/MP-250")
	a.says(status, `"error":"`+code+`"`)
}

// certified are credentials of a client that shows a certificate.
func (m *mock) certified() (c credential) {
	m.Helper()
	in := object{"environment": "test", "orgno": "889640782", "scopes": []string{dcrWrite}, "certificate": true}
	check.OK(m.T, json.Unmarshal([]byte(m.steer("credentials", in).body), &c))
	if len(c.Chain) < 2 {
		m.Fatalf("a chain of %d", len(c.Chain))
	}
	return c
}

// ended asks with a grant that ended so many seconds ago, lives with one that
// lives for so long, begins with one that begins in so many.
func (m *mock) ended(seconds int64) answer {
	m.Helper()
	return m.ask(m.role("consumer"), dcrWrite, object{"iat": m.now - seconds - 5, "exp": m.now - seconds})
}

func (m *mock) lives(seconds int64) answer {
	m.Helper()
	return m.ask(m.role("consumer"), dcrWrite, object{"iat": m.now, "exp": m.now + seconds})
}

func (m *mock) begins(seconds int64) answer {
	m.Helper()
	return m.ask(m.role("consumer"), dcrWrite, object{"iat": m.now + seconds, "exp": m.now + seconds + 110})
}

func TestEveryValueOfEveryVariantIsHadByOptionFlagAndCall(t *testing.T) {
	t.Parallel()
	for _, row := range variants.Rows() {
		if len(behaviours[row.Name]) != 2 {
			t.Errorf("%s has %d behaviours", row.Name, len(behaviours[row.Name]))
		}
		for _, value := range []string{row.Default, row.Other} {
			behaves := behaviours[row.Name][value]
			if behaves == nil {
				t.Errorf("%s=%s has no behaviour", row.Name, value)
				continue
			}
			for door, start := range doors {
				t.Run(row.Name+"="+value+" by "+door, func(t *testing.T) {
					t.Parallel()
					behaves(start(t, row.Name, value))
				})
			}
		}
	}
}
