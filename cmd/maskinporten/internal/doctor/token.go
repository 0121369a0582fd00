package doctor

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"github.com/maskinporten-go/maskinporten"
)

// tokenFacts is what came of the token request.
type tokenFacts struct {
	tried   bool
	why     string // it was not
	token   *oauth2.Token
	err     error
	refusal *maskinporten.TokenError // where the token endpoint said no

	elsewhere []string // the environments that know the client
}

func (x *examination) askForToken(ctx context.Context) {
	problem, _ := x.settingsProblem()
	switch {
	case problem != "":
		x.token.why = "the settings must be right first"
	case x.key.key == nil:
		x.token.why = "a key must be there first"
	default:
		x.token.why = x.probe.blocked()
	}
	if x.token.why != "" {
		return
	}
	x.Doing("a token from " + x.probe.host)
	x.token.tried = true
	x.token.token, x.token.err = x.tokenFrom(ctx, x.Target)
	x.token.refusal, _ = errors.AsType[*maskinporten.TokenError](x.token.err)
	if x.token.refusal != nil && x.token.refusal.Code == "" {
		x.token.refusal = nil // an outage: nobody has refused
	}
}

func (x *examination) tokenFrom(ctx context.Context, target maskinporten.Target) (*oauth2.Token, error) {
	options := x.options()
	if x.probe.parsed {
		options = append(options, maskinporten.WithDiscovery())
	}
	auth, err := maskinporten.NewAuthenticator(target, maskinporten.Credentials{ClientID: x.Client.ClientID, Key: x.key.key}, options...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = auth.Close() }() // it never fails
	return auth.Token(ctx, x.Request)
}

// askElsewhere asks other environments for a client that is unknown here.
func (x *examination) askElsewhere(ctx context.Context) {
	if !errors.Is(x.token.err, maskinporten.ErrClientNotFound) {
		return
	}
	for _, environment := range x.Elsewhere {
		endpoints, err := environment.Endpoints()
		if err != nil || endpoints.Issuer == x.Target.Issuer {
			continue
		}
		x.Doing("the client in " + string(environment))
		_, err = x.tokenFrom(ctx, environment)
		refusal, isRefusal := errors.AsType[*maskinporten.TokenError](err)
		if err == nil || isRefusal && refusal.Code != "" && refusal.Subject() != maskinporten.SubjectClient {
			x.token.elsewhere = append(x.token.elsewhere, string(environment))
		}
	}
}

// said is a refusal in the service's words.
func said(refusal *maskinporten.TokenError) string {
	const opening = "Invalid assertion. Client authentication failed. " // of many
	text := cmp.Or(strings.TrimPrefix(refusal.Description, opening), refusal.Code)
	if refusal.MP != "" {
		text = refusal.MP + ": " + text
	}
	if refusal.TraceID != "" {
		text += " (trace id " + refusal.TraceID + ")"
	}
	return "refused, " + text
}

// refusedFor is the refusal if it is about the subject, else nil.
func (x *examination) refusedFor(subject maskinporten.TokenSubject) *maskinporten.TokenError {
	if x.token.refusal == nil || x.token.refusal.Subject() != subject {
		return nil
	}
	return x.token.refusal
}

// got reports whether the token endpoint has let the request past what the subjects
// are about: it gave a token, or refused for one of these, which come later.
func (x *examination) got(later ...maskinporten.TokenSubject) bool {
	refusal := x.token.refusal
	return x.token.token != nil || refusal != nil && refusal.Code != "invalid_request" && slices.Contains(later, refusal.Subject())
}

// notAsked says why the token endpoint can't tell of a step.
func (x *examination) notAsked() string {
	switch {
	case !x.token.tried:
		return x.token.why
	case x.token.refusal != nil:
		return "the token endpoint refused before it came to this"
	}
	return "there was no answer of the token endpoint: see token"
}

// tokenItself: was there one, and whose is it?
func (x *examination) tokenItself() *Step {
	const name = "token"
	if !x.token.tried {
		return skipped(name, x.token.why)
	}
	if x.token.token != nil {
		return ok(name, describe(x.token.token), usedToken)
	}
	if refusal := x.token.refusal; refusal != nil {
		if place := whereItIs[refusal.Subject()]; place != "" {
			return skipped(name, "none was given: see "+place)
		}
		return fail(name, said(refusal), cmp.Or(refusal.Remedy(), "search for the text in Digdir's documentation, or ask servicedesk@digdir.no with the trace id"), usedToken)
	}
	failure, isFailure := errors.AsType[*maskinporten.TokenError](x.token.err)
	switch {
	case isFailure && failure.StatusCode == 0:
		proof, remedy := explainNetwork(x.token.err, failure.Host, x.probe.proxy)
		return fail(name, proof, remedy, usedToken)
	case isFailure && failure.Remedy() != "":
		return fail(name, withoutRemedy(failure), failure.Remedy(), usedToken)
	}
	return fail(name, strings.TrimPrefix(x.token.err.Error(), "maskinporten: "), "check that the address is Maskinporten's, and try again later", usedToken)
}

// whereItIs is the step that a refusal is told at.
var whereItIs = map[maskinporten.TokenSubject]string{
	maskinporten.SubjectAudience: "metadata", maskinporten.SubjectTimes: "clock", maskinporten.SubjectClient: "client",
	maskinporten.SubjectCertificate: "certificate", maskinporten.SubjectKey: "client key", maskinporten.SubjectScope: "scopes",
	maskinporten.SubjectAccess: "access", maskinporten.SubjectDelegation: "delegation", maskinporten.SubjectDetails: "system user or consent",
}

func withoutRemedy(failure *maskinporten.TokenError) string {
	text := strings.TrimPrefix(failure.Error(), "maskinporten: ")
	return strings.TrimRight(strings.TrimSuffix(text, failure.Remedy()), "; ")
}

// organization is how a token names one.
type organization struct {
	ID string `json:"ID"`
}

// describe tells of a token what its claims say; the signature is verify's
// business.
func describe(token *oauth2.Token) string {
	text := fmt.Sprintf("given, for %d s", token.ExpiresIn)
	parts := strings.Split(token.AccessToken, ".")
	if len(parts) != 3 {
		return text + ", by reference (opaque)"
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		Scope    string          `json:"scope"`
		Audience json.RawMessage `json:"aud"`
		Consumer organization    `json:"consumer"`
		Supplier organization    `json:"supplier"`
	}
	if err != nil || json.Unmarshal(payload, &claims) != nil {
		return text
	}
	if claims.Consumer.ID != "" {
		text += ", consumer " + claims.Consumer.ID
	}
	if claims.Supplier.ID != "" {
		text += ", supplier " + claims.Supplier.ID
	}
	if len(claims.Audience) > 0 {
		text += ", aud " + strings.Trim(string(claims.Audience), `"`)
	}
	return text + ", scope " + claims.Scope
}
