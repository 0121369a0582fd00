// Package expect holds what a mock server was asked against what a test expects:
//
//	expect.Requests(t, srv,
//		expect.Request{Operation: "POST /scopes", Body: map[string]any{"prefix": "difi"}},
//		expect.Request{Operation: "PUT /scopes/access/{consumer_orgno}", Status: 200},
//	)
//
// It is a package of its own for its diffs, whose library would make every
// program with a mock start later.
package expect

import (
	"encoding/json"
	"net/url"
	"slices"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// Request describes a request that is expected. Fields that are empty match
// anything.
type Request struct {
	// Operation is the call in the API's terms, such as
	// "PUT /scopes/access/{consumer_orgno}" or "POST /token".
	Operation   string
	Environment maskinporten.Environment
	// OrgNo is the organisation acted for, ClientID the client that acts.
	OrgNo    maskinporten.OrgNo
	ClientID string
	// Query holds parameters, in any order: "scope=difi:api3". All of them: one
	// more is another request.
	Query  string
	Status int
	// Code is that of a grant's refusal, such as "MP-250".
	Code string
	// Claims are some of a grant's, Body some members of a request's object, or
	// all of anything else, such as a list, and Answer likewise of the answer,
	// which only a server with [mockserver.WithAnswers] keeps. All are compared as JSON.
	Claims map[string]any
	Body   any
	Answer any
}

// seen is a request as far as somebody asked for it.
type seen struct {
	Operation, Environment, OrgNo, ClientID, Query string
	Status                                         int
	Code                                           string
	Claims, Body, Answer                           any
}

// authenticating are the calls that most tests don't care about.
var authenticating = []string{"POST /token", "GET /jwk", "GET /.well-known/oauth-authorization-server"}

// Requests fails the test unless the server's journal holds these requests, in
// this order, and no others; the failure shows both as a diff. Requests to the
// token endpoint and for metadata and keys count only if one of the expected is
// "POST /token" or the like: most tests don't care how often a client
// authenticates. Calls of the control API never count.
func Requests(t mockserver.TB, srv *mockserver.Server, want ...Request) {
	t.Helper()
	got := slices.DeleteFunc(srv.Requests(), func(r mockserver.Request) bool {
		named := slices.ContainsFunc(want, func(e Request) bool { return e.Operation == r.Operation })
		return r.Steers() || slices.Contains(authenticating, r.Operation) && !named
	})
	if diff := cmp.Diff(views(want, got)); diff != "" {
		t.Errorf("not the requests that were expected (-want +got):\n%s", diff)
	}
}

// views are what was wanted and what was got, as far as somebody asked for it:
// of a request that stands where another was expected what was asked of that
// one, of others the operation and the status.
func views(want []Request, got []mockserver.Request) (wanted, had []seen) {
	for _, e := range want {
		wanted = append(wanted, e.seen())
	}
	for j, i := range aligned(len(want), len(got), func(i, j int) bool { return want[i].matches(&got[j]) }) {
		if i < 0 {
			had = append(had, Request{Operation: "any", Status: 1}.view(&got[j]))
			continue
		}
		view := want[i].view(&got[j])
		if want[i].Operation == "" { // it helps to see which one it is
			view.Operation = operation(&got[j])
			wanted[i].Operation = view.Operation
		}
		had = append(had, view)
	}
	return wanted, had
}

// aligned says for each that was got which of the wanted it stands for, or -1,
// with as few differences as can be.
func aligned(wanted, got int, same func(i, j int) bool) []int {
	differences := make([][]int, wanted+1) // of all from here on
	for i := range differences {
		differences[i] = make([]int, got+1)
	}
	for i := wanted; i >= 0; i-- {
		for j := got; j >= 0; j-- {
			switch {
			case i == wanted || j == got:
				differences[i][j] = wanted - i + got - j
			case same(i, j):
				differences[i][j] = differences[i+1][j+1]
			default:
				differences[i][j] = 1 + min(differences[i+1][j+1], differences[i+1][j], differences[i][j+1])
			}
		}
	}
	stands := make([]int, got)
	i := 0
	for j := range stands {
		for i < wanted && differences[i][j] == 1+differences[i+1][j] && differences[i][j] < 1+differences[i+1][j+1] && !same(i, j) {
			i++ // nothing stands for it
		}
		if i < wanted && (same(i, j) || differences[i][j] == 1+differences[i+1][j+1]) {
			stands[j] = i
			i++
			continue
		}
		stands[j] = -1
	}
	return stands
}

// operation is the call, or what was asked for where there is none.
func operation(r *mockserver.Request) string {
	if r.Operation == "" {
		return r.Method + " " + r.Path
	}
	return r.Operation
}

func (e Request) seen() seen {
	return seen{
		Operation: e.Operation, Environment: string(e.Environment), OrgNo: string(e.OrgNo), ClientID: e.ClientID, Query: sorted(e.Query),
		Status: e.Status, Code: e.Code, Claims: plain(e.Claims), Body: plain(e.Body), Answer: plain(e.Answer),
	}
}

func (e Request) matches(r *mockserver.Request) bool { return cmp.Equal(e.seen(), e.view(r)) }

// view is a request as far as e asks for it.
func (e Request) view(r *mockserver.Request) seen {
	wanted, v := e.seen(), seen{}
	if e.Operation != "" {
		v.Operation = operation(r)
	}
	if e.Environment != "" {
		v.Environment = r.Environment
	}
	if e.OrgNo != "" {
		v.OrgNo = r.OrgNo
	}
	if e.ClientID != "" {
		v.ClientID = r.ClientID
	}
	if e.Query != "" {
		v.Query = sorted(r.Query)
	}
	if e.Status != 0 {
		v.Status = r.Status
	}
	if e.Code != "" && r.Grant != nil {
		v.Code = r.Grant.Code
	}
	if e.Claims != nil && r.Grant != nil {
		v.Claims = members(wanted.Claims, plain(r.Grant.Claims))
	}
	if e.Body != nil {
		v.Body = members(wanted.Body, plain(r.Body))
	}
	if e.Answer != nil {
		v.Answer = members(wanted.Answer, plain(r.Answer))
	}
	return v
}

// sorted brings the parameters of a query into one order and one spelling.
func sorted(query string) string {
	values, err := url.ParseQuery(query)
	if err != nil {
		return query
	}
	text, err := url.QueryUnescape(values.Encode())
	if err != nil {
		return query
	}
	return text
}

// plain is a value as JSON decodes it; nil is nothing.
func plain(value any) any {
	encoded, err := json.Marshal(value)
	var decoded any
	if err != nil || len(encoded) == 0 || json.Unmarshal(encoded, &decoded) != nil {
		return nil
	}
	return decoded
}

// members are those of an object that somebody asks for; anything else is whole.
func members(wanted, got any) any {
	asked, ok := wanted.(map[string]any)
	object, both := got.(map[string]any)
	if !ok || !both {
		return got
	}
	some := map[string]any{}
	for name := range asked {
		if member, ok := object[name]; ok {
			some[name] = member
		}
	}
	return some
}
