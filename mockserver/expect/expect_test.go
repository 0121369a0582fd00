package expect_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
	"github.com/maskinporten-go/maskinporten/mockserver/expect"
)

// double is a test that takes complaints.
type double struct{ complaints []string }

func (*double) Helper()               {}
func (*double) Cleanup(func())        {}
func (*double) Failed() bool          { return false }
func (*double) Logf(string, ...any)   {}
func (*double) Fatalf(string, ...any) {}
func (d *double) Errorf(format string, args ...any) {
	d.complaints = append(d.complaints, fmt.Sprintf(format, args...))
}

// granted is a server where a scope was made and access to it was given.
func granted(t *testing.T) *mockserver.Server {
	t.Helper()
	srv := mockserver.Start(t, mockserver.WithAnswers())
	client := srv.Client(srv.AddOrganization("991825827", "Digitaliseringsdirektoratet"), maskinporten.WithAttempts(1))
	check.Got(client.Scopes.Create(t.Context(), maskinporten.ScopeCreate{Prefix: "difi", Subscope: "a", Description: "d"}))(t)
	check.Got(client.Access.Grant(t.Context(), "difi:a", "889640782"))(t)
	if _, err := client.Access.Grant(t.Context(), "difi:b", "889640782"); err == nil {
		t.Fatal("access was given to no scope")
	}
	return srv
}

// complaints are what an assertion says to a test.
func complaints(assert func(t mockserver.TB)) string {
	var t double
	assert(&t)
	return strings.Join(t.complaints, "\n")
}

const grantCall = "PUT /scopes/access/{consumer_orgno}"

func TestExpectedRequestsAreFoundByWhatIsSaidOfThem(t *testing.T) {
	t.Parallel()
	srv := granted(t)
	for name, want := range map[string][]expect.Request{
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
		check.Same(t, "", complaints(func(t mockserver.TB) { expect.Requests(t, srv, want...) }), name)
	}
}

func TestARefusedGrantIsExpectedByItsCode(t *testing.T) {
	t.Parallel()
	srv := mockserver.Start(t)
	credentials := srv.AdminCredentials(maskinporten.Test, srv.AddOrganization("889640782", "Nav"), "idporten:dcr.read")
	client := check.Got(maskinporten.New(maskinporten.Test, credentials, append(srv.ClientOptions(), maskinporten.WithAttempts(1))...))(t)
	if _, err := maskinporten.Collect(client.Scopes.All(t.Context(), maskinporten.ScopeFilter{})); err == nil {
		t.Fatal("the client has a scope that it was not given")
	}
	expect.Requests(t, srv, expect.Request{Operation: "POST /token", Code: "MP-200", Status: 400}, expect.Request{Operation: "POST /token", Code: "MP-200"})
}

func TestOtherRequestsThanExpectedAreShownAsADiff(t *testing.T) {
	t.Parallel()
	srv := granted(t)
	for name, test := range map[string]struct {
		want []expect.Request
		said []string // lines, in this order
	}{
		"none expected":   {nil, []string{"+", `Operation: "POST /scopes"`, "Status: 200"}},
		"one too few":     {[]expect.Request{{Operation: "POST /scopes"}, {Operation: grantCall}}, []string{"+", `Operation: "` + grantCall + `"`, "Status: 404"}},
		"one too many":    {[]expect.Request{{}, {}, {}, {Operation: "GET /clients"}}, []string{"-", `Operation: "GET /clients"`}},
		"another status":  {[]expect.Request{{Status: 201}, {}, {}}, []string{"-", "201", "+", "200"}},
		"another query":   {[]expect.Request{{}, {Operation: grantCall, Query: "scope=difi:c"}, {}}, []string{"-", "scope=difi:c", "+", "scope=difi:a"}},
		"another order":   {[]expect.Request{{Operation: grantCall}, {Operation: "POST /scopes"}, {Operation: grantCall}}, []string{"+", `"POST /scopes"`}},
		"another member":  {[]expect.Request{{Body: map[string]any{"subscope": "b"}}, {}, {}}, []string{"-", `"subscope": string("b")`, "+", `"subscope": string("a")`}},
		"no such member":  {[]expect.Request{{Body: map[string]any{"visibility": "PUBLIC"}}, {}, {}}, []string{"-", `"visibility": string("PUBLIC")`}},
		"another grant":   {[]expect.Request{{Operation: "POST /token", Claims: map[string]any{"scope": "a:b"}}, {}, {}, {}}, []string{"-", `"scope": string("a:b")`, "+", "idporten:scopes.write"}},
		"another client":  {[]expect.Request{{ClientID: "x", OrgNo: "889640782", Environment: maskinporten.Prod, Code: "MP-250"}, {}, {}}, []string{"POST /scopes", "-", "prod", "+", "test"}},
		"an impossible %": {[]expect.Request{{Query: "%zz"}, {}, {}}, []string{"%zz"}},
	} {
		said := complaints(func(t mockserver.TB) { expect.Requests(t, srv, test.want...) })
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
		expect.Requests(t, srv,
			expect.Request{Operation: "POST /scopes", Status: 201, Body: map[string]any{"prefix": "difi"}},
			expect.Request{Operation: grantCall, Query: "scope=difi:a", Answer: map[string]any{"state": "DENIED"}},
		)
	})
	want := `not the requests that were expected (-want +got):
  []expect.seen{
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
	check.Same(t, want, strings.ReplaceAll(said, "\u00a0", " "))
}

func TestControlCallsDontCount(t *testing.T) {
	t.Parallel()
	srv := mockserver.Start(t, mockserver.WithControl())
	for _, path := range []string{"/_mock/clock", "/prefix/all"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
		srv.Handler("http://mock.example").ServeHTTP(httptest.NewRecorder(), r)
	}
	expect.Requests(t, srv, expect.Request{Operation: "GET /prefix/all"})
}
