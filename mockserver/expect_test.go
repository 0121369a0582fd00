package mockserver_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// granted is a server where a scope was made and access to it was given.
func granted(t *testing.T) *mockserver.Server {
	t.Helper()
	srv := start(t, mockserver.WithAnswers())
	client := once(t, srv)
	must[*maskinporten.Scope](t)(client.Scopes.Create(t.Context(), newScope("a")))
	must[*maskinporten.Access](t)(client.Access.Grant(t.Context(), "difi:a", "889640782"))
	if _, err := client.Access.Grant(t.Context(), "difi:b", "889640782"); err == nil {
		t.Fatal("access was given to no scope")
	}
	return srv
}

// complaints are what an assertion says to a test.
func complaints(assert func(t mockserver.TB)) string {
	double := &faultyTest{}
	assert(double)
	return strings.Join(double.errors, "\n")
}

const grantCall = "PUT /scopes/access/{consumer_orgno}"

func TestExpectedRequestsAreFoundByWhatIsSaidOfThem(t *testing.T) {
	t.Parallel()
	srv := granted(t)
	for name, want := range map[string][]mockserver.Expected{
		"nothing":             {{}, {}, {}},
		"operation":           {{Operation: "POST /scopes"}, {Operation: grantCall}, {Operation: grantCall}},
		"status":              {{Status: 200}, {Status: 200}, {Status: 404}},
		"organisation":        {{OrgNo: "991825827", Environment: maskinporten.Test}, {}, {}},
		"query":               {{}, {Query: "scope=difi:a"}, {Query: "scope=difi%3Ab"}},
		"an answer's members": {{Answer: map[string]any{"name": "difi:a", "active": true}}, {Answer: map[string]any{"state": "APPROVED"}}, {Answer: map[string]any{"status": 404}}},
		"some members":        {{Body: map[string]any{"subscope": "a"}}, {}, {}},
		"a structure": {{Body: struct {
			Prefix string `json:"prefix"`
		}{"difi"}}, {}, {}},
		"grants": {
			{Operation: "POST /token", Claims: map[string]any{"scope": "idporten:scopes.write", "aud": "https://test.maskinporten.no/"}},
			{}, {}, {},
		},
	} {
		if said := complaints(func(t mockserver.TB) { srv.AssertRequests(t, want...) }); said != "" {
			t.Errorf("%s: %s", name, said)
		}
	}
}

func TestARefusedGrantIsExpectedByItsCode(t *testing.T) {
	t.Parallel()
	srv := start(t)
	credentials := srv.AdminCredentials(maskinporten.Test, srv.AddOrganization("889640782", "Nav"), "idporten:dcr.read")
	client := must[*maskinporten.Client](t)(maskinporten.New(maskinporten.Test, credentials, append(srv.ClientOptions(), maskinporten.WithAttempts(1))...))
	if _, err := client.Scopes.List(t.Context(), maskinporten.ScopeFilter{}); err == nil {
		t.Fatal("the client has a scope that it was not given")
	}
	srv.AssertRequests(t, mockserver.Expected{Operation: "POST /token", Code: "MP-200", Status: 400}, mockserver.Expected{Operation: "POST /token", Code: "MP-200"})
}

func TestOtherRequestsThanExpectedAreShownAsADiff(t *testing.T) {
	t.Parallel()
	srv := granted(t)
	for name, test := range map[string]struct {
		want []mockserver.Expected
		said []string // lines, in this order
	}{
		"none expected":   {nil, []string{"+", `Operation: "POST /scopes"`, "Status: 200"}},
		"one too few":     {[]mockserver.Expected{{Operation: "POST /scopes"}, {Operation: grantCall}}, []string{"+", `Operation: "` + grantCall + `"`, "Status: 404"}},
		"one too many":    {[]mockserver.Expected{{}, {}, {}, {Operation: "GET /clients"}}, []string{"-", `Operation: "GET /clients"`}},
		"another status":  {[]mockserver.Expected{{Status: 201}, {}, {}}, []string{"-", "201", "+", "200"}},
		"another query":   {[]mockserver.Expected{{}, {Operation: grantCall, Query: "scope=difi:c"}, {}}, []string{"-", "scope=difi:c", "+", "scope=difi:a"}},
		"another order":   {[]mockserver.Expected{{Operation: grantCall}, {Operation: "POST /scopes"}, {Operation: grantCall}}, []string{"+", `"POST /scopes"`}},
		"another member":  {[]mockserver.Expected{{Body: map[string]any{"subscope": "b"}}, {}, {}}, []string{"-", `"subscope": string("b")`, "+", `"subscope": string("a")`}},
		"no such member":  {[]mockserver.Expected{{Body: map[string]any{"visibility": "PUBLIC"}}, {}, {}}, []string{"-", `"visibility": string("PUBLIC")`}},
		"another grant":   {[]mockserver.Expected{{Operation: "POST /token", Claims: map[string]any{"scope": "a:b"}}, {}, {}, {}}, []string{"-", `"scope": string("a:b")`, "+", "idporten:scopes.write"}},
		"another client":  {[]mockserver.Expected{{ClientID: "x", OrgNo: "889640782", Environment: maskinporten.Prod, Code: "MP-250"}, {}, {}}, []string{"POST /scopes", "-", "prod", "+", "test"}},
		"an impossible %": {[]mockserver.Expected{{Query: "%zz"}, {}, {}}, []string{"%zz"}},
	} {
		said := complaints(func(t mockserver.TB) { srv.AssertRequests(t, test.want...) })
		rest := said
		for _, part := range test.said {
			_, after, ok := strings.Cut(rest, part)
			if !ok {
				t.Errorf("%s: %q isn't in its place in %s", name, part, said)
				break
			}
			rest = after
		}
	}
}

func TestTheDiffNamesWhatIsOther(t *testing.T) {
	t.Parallel()
	srv := granted(t)
	said := complaints(func(t mockserver.TB) {
		srv.AssertRequests(t,
			mockserver.Expected{Operation: "POST /scopes", Status: 201, Body: map[string]any{"prefix": "difi"}},
			mockserver.Expected{Operation: grantCall, Query: "scope=difi:a", Answer: map[string]any{"state": "DENIED"}},
		)
	})
	want := `mockserver: not the requests that were expected (-want +got):
  []mockserver.seen{
  	{
  		... // 3 identical fields
  		ClientID: "",
  		Query:    "",
- 		Status:   201,
+ 		Status:   200,
  		Code:     "",
  		Claims:   nil,
  		... // 2 identical fields
  	},
  	{
  		... // 7 identical fields
  		Claims: nil,
  		Body:   nil,
- 		Answer: map[string]any{"state": string("DENIED")},
+ 		Answer: map[string]any{"state": string("APPROVED")},
  	},
+ 	{Operation: "PUT /scopes/access/{consumer_orgno}", Status: 404},
  }
`
	if diff := cmp.Diff(want, strings.ReplaceAll(said, "\u00a0", " ")); diff != "" {
		t.Error(diff)
	}
}

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
		if got := string(last[len(last)-1].Body); got != want {
			t.Errorf("%.80s: %.200s", body, got)
		}
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
	w.srv.AssertRequests(t, mockserver.Expected{Operation: "GET /prefix/all"})
}
