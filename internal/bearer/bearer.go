// Package bearer puts access tokens on requests (RFC 6750, 2.1), and decides
// where they may go.
package bearer

import (
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// WithToken copies the request so far that the token shows in the copy only.
func WithToken(r *http.Request, accessToken string) *http.Request {
	copied := *r
	copied.Header = make(http.Header, len(r.Header)+1)
	maps.Copy(copied.Header, r.Header)
	copied.Header.Set("Authorization", "Bearer "+accessToken)
	return &copied
}

// Rewind returns the request with its body from the beginning. It reports
// false for a body that can't be had again.
func Rewind(r *http.Request) (*http.Request, bool) {
	if r.Body == nil || r.Body == http.NoBody {
		return r, true
	}
	if r.GetBody == nil {
		return nil, false
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, false
	}
	copied := *r
	copied.Body = body
	return &copied, true
}

// CloseBody closes the body, as a [http.RoundTripper] must also do without sending.
func CloseBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}

// IsReadable reports whether others can read a token that is sent to the
// address: it goes over plain http, and not to this machine itself.
func IsReadable(address *url.URL) bool {
	return strings.EqualFold(address.Scheme, "http") && !isLoopback(address.Hostname())
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// MovedHost reports whether a redirect from another host, or another scheme,
// has led to the request: the token would go where a third party says.
func MovedHost(r *http.Request) bool {
	from := r.Response
	return from != nil && from.Request != nil &&
		(from.Request.URL.Host != r.URL.Host || from.Request.URL.Scheme != r.URL.Scheme)
}
