package gateway

import (
	"net/http"
	"strings"
)

// page answers with a page, if a browser asks for one, and reports whether it did.
// What people look at is not among the requests that tests look at; what they
// change is in the audit log.
func (x *request) page(w http.ResponseWriter, segments []string) bool {
	if x.config.Pages == nil || !x.wantsPage(segments) {
		return false
	}
	at := PageAddress{Addresses: x.addresses, Path: x.addresses.path}
	if x.config.Control != nil && x.addresses.hosts == nil {
		at.Calls = x.calls()
	}
	if len(segments) > 0 && segments[0] == "workbench" {
		if refusal := x.foreign(); refusal != "" {
			http.Error(w, refusal, http.StatusForbidden)
			return true
		}
	}
	x.config.Engine.Due() // mails and notifications are seen when they are due
	to := moved(x.r, segments)
	if len(segments) == 1 { // the front pages
		to.URL.Path += "/"
	}
	x.config.Pages(w, to, at)
	return true
}

// wantsPage reports whether a browser asks for a page: the portal and the workbench
// have theirs below paths of their own, and the root is one too. The real hosts
// have none.
func (x *request) wantsPage(segments []string) bool {
	if _, real := x.addresses.hosts[hostOf(x.r.URL)]; real {
		return false
	}
	switch {
	case len(segments) == 3 && segments[0] == "portal" && segments[1] == "assets":
		return true
	case !strings.Contains(x.r.Header.Get("Accept"), "text/html"): // a program
		return false
	case len(segments) == 0:
		return x.r.Method == http.MethodGet || x.r.Method == http.MethodHead
	case segments[0] == "workbench":
		return x.config.Control != nil && x.addresses.hosts == nil
	default:
		return segments[0] == "portal" && (len(segments) == 1 || segments[1] != "api")
	}
}

// calls lets the pages call what programs call, by the same name of the host. How
// people steer the mock is not kept among the requests: there is no room for it.
func (x *request) calls() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if call, ok := strings.CutPrefix(r.URL.Path, "/_mock/"); ok {
			x.config.Control(w, r, r.Method+" "+call, x.site)
			return
		}
		r.Host = x.r.Host
		r.URL.Path = x.addresses.path + r.URL.Path
		x.site.answer(w, r)
	})
}
