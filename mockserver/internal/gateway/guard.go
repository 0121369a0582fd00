package gateway

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// foreign says why a request must not reach the control API, which has private
// keys and can undo everything; empty: it may. Pages of other sites reach this
// machine through the browser of whoever looks at them: by their own requests, and
// by names that they make point here (DNS rebinding).
func (x *request) foreign() string {
	r := x.r
	if host := hostname(r.Host); !x.isOwnName(host) {
		return fmt.Sprintf("the control API isn't called by the name %.100q; if it is yours, start the mock with -allow-host %.100s", host, host)
	}
	origin := r.Header.Get("Origin")
	if slices.Contains(x.config.Origins, origin) && origin != "" {
		return ""
	}
	if origin != "" && !isOrigin(origin, r.Host) {
		return fmt.Sprintf("the control API isn't called from pages of %.100s; if they are yours, start the mock with -cors %.100s", origin, origin)
	}
	if origin == "" && r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		return "the control API isn't called from pages of other sites"
	}
	return ""
}

// isOwnName reports whether a host is this machine's, or a name by which the mock
// may be called.
func (x *request) isOwnName(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	if host == "" || !strings.Contains(host, ".") || strings.HasSuffix(host, ".localhost") {
		return true
	}
	for _, base := range []string{x.site.first, x.site.Addresses().Base} {
		if u, err := url.Parse(base); err == nil && hostname(u.Host) == host {
			return true
		}
	}
	return slices.ContainsFunc(x.config.AllowHosts, func(allowed string) bool { return hostname(allowed) == host })
}

// isOrigin reports whether an Origin is that of the host itself.
func isOrigin(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host)
}

// allowOrigin lets pages of the configured origins call from a browser (CORS):
// what carries no session. It reports whether the request was a preflight, which
// is answered.
func (s *Site) allowOrigin(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || !slices.Contains(s.gateway.config.Origins, origin) || strings.HasPrefix(s.Addresses().below(r.URL.EscapedPath()), "/portal/") {
		return false
	}
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", origin)
	header.Add("Vary", "Origin")
	header.Set("Access-Control-Expose-Headers", "Date, Retry-After, "+RefusalHeader)
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	header.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, DELETE")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		header.Set("Access-Control-Allow-Headers", asked)
	}
	if r.Header.Get("Access-Control-Request-Private-Network") == "true" {
		header.Set("Access-Control-Allow-Private-Network", "true")
	}
	header.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}
