package main

import (
	"bufio"
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

var (
	timestamp     = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$`)
	correlationID = regexp.MustCompile(`^[0-9a-f]{32}$`)
)

// fails checks a refusal of the self-service API in every member, and returns
// its text.
func (a answer) fails(status int) string {
	a.t.Helper()
	body := a.has(status)
	errors, _ := body["errors"].([]any)
	var want strings.Builder
	for _, e := range errors {
		e, _ := e.(object)
		fmt.Fprint(&want, ", ", e["errorMessage"])
		_, isBool := e["isFieldError"].(bool)
		if !isBool || e["isFieldError"] == true && (e["objectName"] == nil || e["fieldIdentifier"] == nil) {
			a.t.Errorf("%s: %v", a.what, e)
		}
	}
	if body["status"] != float64(status) || !timestamp.MatchString(text(body, "timestamp")) || !correlationID.MatchString(text(body, "correlation_id")) ||
		len(errors) == 0 || body["error"] != want.String() || body["error_description"] != want.String() || a.Header.Get("Content-Type") != "application/json" {
		a.t.Errorf("%s: %s", a.what, a.Body)
	}
	return want.String()
}

// What no HTTP client sends.
func TestBrokenRequestsBreakNothing(t *testing.T) {
	t.Parallel()
	p := serve(t)
	host := strings.TrimPrefix(p.origin, "http://")
	for _, request := range []string{
		"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", "GET * HTTP/1.1\r\nHost: x\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "GET scopes HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde", "\r\n\r\nnonsense\r\n\r\n",
		"GET http://evil.example/scopes/access/.. HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		conn := check.Got((&net.Dialer{}).DialContext(t.Context(), "tcp", host))(t)
		_, _ = fmt.Fprint(conn, request)
		line, _ := bufio.NewReader(conn).ReadString('\n')
		_ = conn.Close()
		if line != "" && !strings.Contains(line, " 400 ") && !strings.HasPrefix(request, "OPTIONS") {
			t.Errorf("%q: %s", request, line)
		}
	}
	p.get("/prefix/all").list()
}
