package mockserver_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func TestJournalKeepsBodiesWithoutWhatIsSecret(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	keys := w.as("provider", dcrWrite)
	for body, want := range map[string]string{
		`{"keys":[{"kid":"a","d":"secret","p":1,"oth":[{"r":"secret"}]}]}`: `{"keys":[{"d":"***","kid":"a","oth":"***","p":"***"}]}`,
		`{"client_name":"x","client_secret":"secret"}`:                     `{"client_name":"x","client_secret":"***"}`,
		`{"client_name":"x","` + `\u0064":"secret"}`:                       `{"client_name":"x","d":"***"}`,
		`{"D":"secret","Client_Secret":"secret"}`:                          `{"Client_Secret":"***","D":"***"}`,
		`{"number":1e400}`: `{"number":1e400}`,
		`[1,2]`:            `[1,2]`,
		`{"x":["-----BEGIN PRIVATE KEY-----\nsecret"]}`: `{"x":["***"]}`,
		`{"client_name":"x"} {"d":"secret"}`:            ``,
		`{"d":"secret"`:                                 ``,
		`"secret"`:                                      ``,
		`assertion=secret`:                              ``,
		`{"a":"` + strings.Repeat("a", 40000) + `"}`:    ``,
	} {
		keys.call(http.MethodPost, "/clients", body)
		last := w.srv.Requests()
		check.Same(t, want, string(last[len(last)-1].Body), body)
	}
	for text, kept := range map[string]bool{ // a body that nobody reads isn't kept
		"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----": true, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----": false,
	} {
		w.send(http.MethodPost, "/api/v2/clients/x/key", map[string]string{"Authorization": "Bearer " + keys.token}, text)
		last := w.srv.Requests()
		var got string
		_ = json.Unmarshal(last[len(last)-1].Body, &got)
		if (got == text) != kept || !kept && got != "" {
			t.Errorf("%s: %s", text, got)
		}
	}
}

func TestControlCallsAreNotAmongTheRequestsThatTheyAnswer(t *testing.T) {
	t.Parallel()
	w := newWire(t, mockserver.WithControl())
	w.send(http.MethodGet, "/_mock/clock", nil, "").want(http.StatusOK)
	w.anybody().get("/prefix/all").want(http.StatusOK)
	var requests []mockserver.Request
	answer := w.send(http.MethodGet, "/_mock/requests", nil, "")
	if err := json.Unmarshal([]byte(answer.body), &requests); err != nil || len(requests) != 1 || requests[0].Operation != "GET /prefix/all" {
		t.Errorf("%v %+v", err, requests)
	}
}
