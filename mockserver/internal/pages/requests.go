package pages

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// request is one that the mock answered.
type request struct {
	Time        time.Time       `json:"time"`
	Method      string          `json:"method"`
	Path        string          `json:"path"`
	Query       string          `json:"query"`
	Environment string          `json:"environment"`
	Operation   string          `json:"operation"`
	OrgNo       string          `json:"orgno"`
	ClientID    string          `json:"client_id"`
	Status      int             `json:"status"`
	Refusal     string          `json:"refusal"`
	Assumed     []string        `json:"assumed"`
	Fault       string          `json:"fault"`
	Body        json.RawMessage `json:"body"`
	Answer      json.RawMessage `json:"answer"`
	Unexpected  bool            `json:"unexpected"`
	Nearest     string          `json:"nearest"`
	Grant       *struct {
		Code   string          `json:"code"`
		Error  string          `json:"error"`
		Header json.RawMessage `json:"header"`
		Claims json.RawMessage `json:"claims"`
	} `json:"grant"`
}

// Failed reports whether the request was refused.
func (r *request) Failed() bool { return r.Status >= http.StatusBadRequest }

// ID finds the request again.
func (r *request) ID() string { return r.Time.UTC().Format(time.RFC3339Nano) }

// Code is the refusal's, where it has one.
func (r *request) Code() string {
	if r.Grant == nil {
		return ""
	}
	return r.Grant.Code
}

// matches reports whether any of what one looks for holds the text.
func (r *request) matches(search string) bool {
	if search == "" {
		return true
	}
	texts := []string{r.Operation, r.Path, r.Query, r.ClientID, r.OrgNo, strconv.Itoa(r.Status), r.Refusal, r.Code(), r.Environment}
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

func (v *visit) journal() ([]request, error) {
	var all []request
	err := v.control(http.MethodGet, "requests", nil, &all)
	slices.Reverse(all)
	return all, err
}

// requests lists what was asked of the mock, the newest first.
func requests(v *visit) {
	all, err := v.journal()
	if err != nil {
		v.broken(err)
		return
	}
	wanted := v.wantedPart()
	onlyFailed := v.query("failed") != ""
	all = slices.DeleteFunc(all, func(r request) bool { return !r.matches(wanted.Search) || onlyFailed && !r.Failed() })
	v.render(http.StatusOK, "requests", nil, struct {
		listing[request]
		Failed bool
	}{list(v, wanted, part(all, wanted)), onlyFailed})
}

// requestPage shows one request with all that is known of it.
func requestPage(v *visit) {
	all, err := v.journal()
	if err != nil {
		v.broken(err)
		return
	}
	for _, r := range all {
		if r.ID() == v.query("at") {
			v.under(link{Address: v.to("/workbench/requests"), Label: v.text("title.requests")})
			v.renderTitled(http.StatusOK, "request", r.Method+" "+r.Path, nil, struct {
				*request
				Meaning string
			}{&r, catalogues()[v.lang].optional("mp." + r.Code())})
			return
		}
	}
	v.problem(http.StatusNotFound, "", "error.no_request")
}
