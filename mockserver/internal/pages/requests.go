package pages

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/gateway"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/journal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// request is one that the mock answered.
type request struct{ journal.Noted }

// Failed reports whether the request was refused.
func (r *request) Failed() bool { return r.Status >= http.StatusBadRequest }

// Code is the refusal's, where it has one.
func (r *request) Code() string {
	if r.Grant == nil {
		return ""
	}
	return r.Grant.Code
}

// Nearest is the call that is most like one that there isn't; empty for any other.
func (r *request) Nearest() string {
	if r.Operation != "" || r.Status != http.StatusNotFound && r.Status != http.StatusMethodNotAllowed {
		return ""
	}
	return gateway.Nearest(r.Method, r.Path)
}

// matches reports whether any of what one looks for holds the text.
func (r *request) matches(search string) bool {
	if search == "" {
		return true
	}
	texts := []string{r.Operation, r.Path, r.Query, r.ClientID, r.OrgNo, strconv.Itoa(r.Status), r.Refusal, r.Code(), r.Environment, r.Fault}
	if r.Grant != nil {
		texts = append(texts, string(r.Grant.Claims))
	}
	return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(search)) })
}

// Texts are the parts of the request that are JSON, as people read them.
func (r *request) Texts() []snippet {
	var all []snippet
	add := func(name string, data json.RawMessage) {
		if len(data) > 0 && string(data) != "null" {
			all = append(all, snippet{name, indented(data)})
		}
	}
	if r.Grant != nil {
		add("request.header", r.Grant.Header)
		add("request.claims", r.Grant.Claims)
	}
	add("request.body", r.Body)
	add("request.answer", r.Answer)
	return all
}

// journal is a part of what was asked of the mock, without how it was steered; the
// newest first.
func (v *visit) journal(offset, limit int, keep func(*request) bool) (part registry.Part[request]) {
	found, total := v.config.Requests(offset, limit, func(n journal.Noted) bool { r := request{n}; return keep(&r) && !n.Steers() })
	for _, r := range found {
		part.Items = append(part.Items, request{r})
	}
	part.Total = total
	return part
}

// requests lists what was asked of the mock, the newest first.
func requests(v *visit) {
	wanted := v.wantedPart()
	onlyFailed := v.query("failed") != ""
	found := v.journal(wanted.Offset, wanted.Limit, func(r *request) bool { return (!onlyFailed || r.Failed()) && r.matches(wanted.Search) })
	v.render(http.StatusOK, "requests", nil, struct {
		listing[request]
		Failed bool
	}{list(v, wanted, found), onlyFailed})
}

// requestPage shows one request with all that is known of it.
func requestPage(v *visit) {
	wanted, _ := strconv.Atoi(v.query("number")) // none has the number 0
	found := v.journal(0, 1, func(r *request) bool { return r.Number == wanted })
	if found.Total == 0 {
		v.problem(http.StatusNotFound, "", "error.no_request")
		return
	}
	r := &found.Items[0]
	v.under(link{Address: v.to("/workbench/requests"), Label: v.text("title.requests")})
	v.renderTitled(http.StatusOK, "request", r.Method+" "+r.Path, nil, struct {
		*request
		Meaning string
	}{r, catalogues()[v.lang].optional("mp." + r.Code())})
}
