package doctor

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// callFacts is what came of the call to the API.
type callFacts struct {
	address *url.URL
	refused string // why it wasn't made
	remedy  string
	err     error
	proxy   string
	status  int
	header  http.Header
}

// callAPI calls the API with the token, once. The token goes to the address that was
// given and to no other.
func (x *examination) callAPI(ctx context.Context) {
	c := &x.call
	if x.API == "" || x.addressProblem() || x.token.token == nil {
		return
	}
	x.Doing(c.address.Host)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.address.String(), nil)
	if err != nil {
		c.err = err
		return
	}
	request.Header.Set("Authorization", "Bearer "+x.token.token.AccessToken)
	request.Header.Set("User-Agent", "maskinporten-doctor")
	c.proxy = x.proxyFor(request)
	response, err := x.HTTP.Do(request)
	if err != nil {
		c.err = err
		return
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10)) // what it holds is not the doctor's business
	_ = response.Body.Close()
	c.status, c.header = response.StatusCode, response.Header
}

// addressProblem reports whether the API's address is one that no token is sent to.
func (x *examination) addressProblem() bool {
	c := &x.call
	address, err := url.Parse(x.API)
	switch {
	case err != nil || address.Host == "" || address.Scheme != "https" && address.Scheme != "http":
		c.refused, c.remedy = "its address is no absolute http or https URL", "give it whole, such as https://api.example.no/v1/things"
	case address.User != nil:
		c.refused, c.remedy = "its address holds a name or password", "leave it out: the token is what the API wants"
	case address.Scheme == "http" && !isLoopback(address.Hostname()):
		c.refused, c.remedy = "over plain http everybody on the way could read the token: it was not sent to "+address.Host, "use https"
	}
	c.address = address
	return c.refused != ""
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// api: does the API take the token? Nil where none is named.
func (x *examination) api() *Step {
	const name = "API"
	c := &x.call
	switch {
	case x.API == "":
		return nil
	case c.refused != "":
		return fail(name, c.refused, c.remedy)
	case x.token.token == nil:
		return skipped(name, "a token must be had first")
	}
	// An address may hold what is secret behind the question mark.
	where := c.address.Scheme + "://" + c.address.Host + c.address.EscapedPath()
	if c.err != nil {
		proof, remedy := explainNetwork(c.err, c.address.Host, c.proxy)
		return fail(name, proof, remedy, usedAPI)
	}
	answer := fmt.Sprintf("%s answers %s", where, strings.TrimSpace(fmt.Sprintf("%d %s", c.status, http.StatusText(c.status))))
	switch {
	case c.status >= 200 && c.status < 300:
		return ok(name, answer, usedAPI)
	case c.status >= 300 && c.status < 400:
		return c.redirected(name, answer)
	case c.status == http.StatusUnauthorized, c.status == http.StatusForbidden:
		why, remedy := x.explainRefusal()
		return fail(name, joinedBy(answer, "; ", why), remedy, usedAPI)
	case c.status == http.StatusProxyAuthRequired:
		return fail(name, answer+": the proxy wants a login", "put name and password into HTTPS_PROXY", usedAPI)
	case c.status == http.StatusTooManyRequests || c.status >= 500:
		return fail(name, answer+": it is busy, or broken; the token isn't the reason", "try again later, then tell the API provider", usedAPI)
	}
	return warn(name, answer+": it doesn't complain about the token", "check the address, and whether a GET is what it expects", usedAPI)
}

// redirected tells where the API sends its callers, who are not followed there.
func (c *callFacts) redirected(name, answer string) *Step {
	to, err := c.address.Parse(c.header.Get("Location"))
	switch {
	case err != nil || c.header.Get("Location") == "":
		return fail(name, answer+", and says not where to", "ask the API provider for the right address", usedAPI)
	case to.Host != c.address.Host:
		return fail(name, fmt.Sprintf("%s, to another host, %s: the token was not sent there", answer, to.Host),
			"a redirect to a login page means that the API didn't see the token as one; else use the address of that host if the API provider says so", usedAPI)
	case to.Scheme != c.address.Scheme:
		return fail(name, fmt.Sprintf("%s, to %s: the token was not sent there", answer, to.Scheme), "use the address with https", usedAPI)
	}
	return fail(name, fmt.Sprintf("%s, to %s on the same host", answer, to.EscapedPath()), "call that address itself: clients may lose the token on the way", usedAPI)
}

func joinedBy(one, between, two string) string {
	if two == "" {
		return one
	}
	return one + between + two
}
