package doctor

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten"
)

// probe is what came when the metadata was asked for.
type probe struct {
	address string
	host    string
	proxy   string // through which, without its password
	err     error
	status  int
	location,
	contentType string
	offset   time.Duration // of the service's clock from ours
	dated    bool
	parsed   bool
	metadata struct {
		Issuer        string `json:"issuer"`
		TokenEndpoint string `json:"token_endpoint"`
	}
}

const maxMetadata = 256 << 10

// lookAtMetadata asks for the issuer's metadata (RFC 8414).
func (x *examination) lookAtMetadata(ctx context.Context) {
	p := &x.probe
	p.address = strings.TrimRight(x.Target.Issuer, "/") + "/.well-known/oauth-authorization-server"
	x.Doing("the metadata at " + p.address)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.address, nil)
	if err != nil {
		p.err = err
		return
	}
	p.host, p.proxy = request.URL.Host, x.proxyFor(request)
	asked := x.Now() // and answered some time later: the Date is of a moment between
	response, err := x.HTTP.Do(request)
	if err != nil {
		p.err = err
		return
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	p.status, p.contentType, p.location = response.StatusCode, response.Header.Get("Content-Type"), response.Header.Get("Location")
	p.date(response.Header, asked, x.Now().Sub(asked))
	p.parsed = json.NewDecoder(io.LimitReader(response.Body, maxMetadata)).Decode(&p.metadata) == nil
}

// date compares the answer's Date, which has whole seconds and may be that of a
// cache's copy, with our time in the middle of what the answer took: by half of
// that it may be wrong.
func (p *probe) date(header http.Header, asked time.Time, took time.Duration) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	age, _ := strconv.Atoi(header.Get("Age")) // none is 0
	p.dated = true
	if p.offset = date.Add(time.Duration(max(age, 0))*time.Second + time.Second/2).Sub(asked.Add(took / 2)); p.offset.Abs() < worthTelling+took/2 {
		p.offset = 0
	}
}

// proxyFor is the proxy that a request goes through, without what is secret in its
// address.
func (x *examination) proxyFor(request *http.Request) string {
	transport, isTransport := x.HTTP.Transport.(*http.Transport)
	if x.HTTP.Transport == nil {
		transport, isTransport = http.DefaultTransport.(*http.Transport)
	}
	if !isTransport || transport.Proxy == nil {
		return ""
	}
	proxy, err := transport.Proxy(request)
	if err != nil || proxy == nil {
		return ""
	}
	return (&url.URL{Scheme: proxy.Scheme, Host: proxy.Host}).String()
}

// reached reports whether the issuer answered at all.
func (p *probe) reached() bool { return p.err == nil && p.status != 0 }

// connection: is the issuer reached, by DNS, proxy and TLS?
func (x *examination) connection() *Step {
	const name = "connection"
	p := &x.probe
	if p.err != nil {
		proof, remedy := explainNetwork(p.err, p.host, p.proxy)
		return fail(name, proof, remedy, usedMetadata)
	}
	if p.status == http.StatusProxyAuthRequired {
		return fail(name, fmt.Sprintf("the proxy %s wants a login (407)", p.proxy), "put name and password into HTTPS_PROXY, or ask who runs the proxy", usedMetadata)
	}
	proof := p.host + " answers"
	if p.proxy != "" {
		proof += ", through the proxy " + p.proxy
	}
	return ok(name, proof, usedMetadata)
}

// metadata: is it the issuer that we think it is?
func (x *examination) metadata() *Step {
	const name = "metadata"
	p := &x.probe
	if !p.reached() || p.status == http.StatusProxyAuthRequired {
		return skipped(name, "the issuer must be reached first: see connection")
	}
	issuer := p.metadata.Issuer
	switch {
	case p.status >= 300 && p.status < 400:
		return fail(name, fmt.Sprintf("%s answers with a redirect (%d) to %s", p.host, p.status, hostOf(p.location)),
			"check the issuer's address; a network that wants a login first redirects too", usedMetadata)
	case p.status != http.StatusOK:
		step := warn(name, fmt.Sprintf("%s answers %d", p.address, p.status), "the token request tells more; if it fails too, check the issuer's address", usedMetadata)
		return x.unlessToken(step)
	case !p.parsed || issuer == "":
		return fail(name, fmt.Sprintf("what %s answers is no metadata (%s)", p.address, cmp.Or(p.contentType, "it has no content type")),
			"check the issuer's address, and whether a proxy or a login page answers in its place", usedMetadata)
	case issuer == x.Target.Issuer && x.refusedFor(maskinporten.SubjectAudience) != nil:
		return fail(name, "issuer "+issuer+"; "+said(x.token.refusal), x.token.refusal.Remedy(), usedMetadata, usedToken)
	case issuer == x.Target.Issuer && p.metadata.TokenEndpoint != "" && hostOf(p.metadata.TokenEndpoint) != hostOf(issuer):
		return warn(name, fmt.Sprintf("issuer %s; they send token requests to another host, %s, which is ignored", issuer, hostOf(p.metadata.TokenEndpoint)),
			"tell who runs the issuer", usedMetadata)
	case issuer == x.Target.Issuer:
		return ok(name, fmt.Sprintf("issuer %s, tokens from %s", issuer, p.metadata.TokenEndpoint), usedMetadata)
	case strings.TrimRight(issuer, "/") == strings.TrimRight(x.Target.Issuer, "/"):
		return fail(name, fmt.Sprintf("the issuer calls itself %s, not %s: the slash counts", issuer, x.Target.Issuer), "give the issuer as "+issuer, usedMetadata)
	}
	return fail(name, fmt.Sprintf("another issuer answers: %s, not %s", issuer, x.Target.Issuer),
		"give the issuer as "+issuer+" if that is the one you mean, else check the address", usedMetadata)
}

// unlessToken makes a warning a failure where there was no token either.
func (x *examination) unlessToken(step *Step) *Step {
	if x.token.tried && x.token.token == nil && x.token.refusal == nil {
		step.Verdict = Fail
	}
	return step
}

// blocked says why no grant should be sent to where the metadata are from, or
// nothing.
func (p *probe) blocked() string {
	switch {
	case !p.reached() || p.status == http.StatusProxyAuthRequired:
		return "the issuer must be reached first: see connection"
	case p.status == http.StatusOK && (!p.parsed || p.metadata.Issuer == ""), p.status >= 300 && p.status < 400:
		return "nothing is sent to what doesn't answer like Maskinporten: see metadata"
	}
	return ""
}

const (
	worthTelling = 3 * time.Second  // more than a Date in whole seconds can be wrong by
	tooMuch      = 10 * time.Second // more than a grant's iat may be ahead
)

// clock: does this machine know what time it is?
func (x *examination) clock() *Step {
	const name = "clock"
	p := &x.probe
	const remedy = "synchronise the machine's clock (NTP: timedatectl, w32tm, chronyd)"
	if refusal := x.refusedFor(maskinporten.SubjectTimes); refusal != nil {
		return fail(name, said(refusal), remedy, usedToken, usedMetadata)
	}
	switch {
	case !p.reached():
		return skipped(name, "there is no answer to compare it with: see connection")
	case !p.dated:
		return skipped(name, "the answer has no Date to compare it with")
	case p.offset == 0:
		return ok(name, "agrees with "+p.host, usedDate)
	}
	direction := "ahead of"
	if p.offset > 0 {
		direction = "behind"
	}
	proof := fmt.Sprintf("%s %s %s", p.offset.Abs().Round(time.Second), direction, p.host)
	if p.offset.Abs() < tooMuch {
		return warn(name, proof, remedy, usedDate)
	}
	return fail(name, proof+"; this program makes up for it, others get refusals (MP-130, \"Issue time is after now\")", remedy, usedDate)
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "another path"
	}
	return u.Scheme + "://" + u.Host
}
