package verify

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

// readClaims fills in the claims from a payload whose signature is good; signed
// is the text that has it.
func readClaims(o strictjson.Object, issuer, signed string) (*Claims, error) {
	c := &Claims{Issuer: issuer, signed: &signed}
	var pid string
	for _, text := range []struct {
		into   *string
		name   string
		reason Reason
	}{
		{&c.ID, "jti", ReasonClaimMalformed},
		{&c.ClientID, "client_id", ReasonClaimMalformed},
		{&c.ClientAMR, "client_amr", ReasonClaimMalformed},
		{&c.Subject, "sub", ReasonClaimMalformed},
		{&c.OnBehalfOf, "onbehalfof", ReasonClaimMalformed},
		{&c.DelegationSource, "delegation_source", ReasonDelegationSourceMalformed},
		{&pid, "pid", ReasonPIDMalformed},
	} {
		if raw := o.Get(text.name); raw != nil {
			value, err := strictjson.Text(raw)
			if err != nil {
				return nil, refuse(text.reason)
			}
			*text.into = value
		}
	}
	if o.Has("pid") && !isPID(pid) {
		return nil, refuse(ReasonPIDMalformed)
	}
	c.PID = maskinporten.NewPersonal(pid)
	for _, read := range []func(*Claims, strictjson.Object) error{readTokenType, readParties, readScopes, readAudience, readDetails, readTimes} {
		if err := read(c, o); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func isPID(pid string) bool {
	return len(pid) == 11 && !strings.ContainsFunc(pid, func(r rune) bool { return r < '0' || r > '9' })
}

func readTokenType(c *Claims, o strictjson.Object) error {
	if raw := o.Get("token_type"); raw != nil {
		if kind, err := strictjson.Text(raw); err != nil || !strings.EqualFold(kind, "Bearer") {
			return refuse(ReasonTokenType)
		}
	}
	return nil
}

func readAudience(c *Claims, o strictjson.Object) (err error) {
	if raw := o.Get("aud"); raw != nil {
		if c.Audience, err = strictjson.Texts(raw); err != nil {
			return refuse(ReasonAudienceMalformed)
		}
	}
	return nil
}

func readTimes(c *Claims, o strictjson.Object) error {
	for _, date := range []struct {
		into               *time.Time
		name               string
		missing, malformed Reason
	}{
		{&c.Expires, "exp", ReasonExpiryMissing, ReasonExpiryMalformed},
		{&c.IssuedAt, "iat", ReasonIssuedMissing, ReasonIssuedMalformed},
		{&c.NotBefore, "nbf", "", ReasonNotBeforeMalformed},
	} {
		raw := o.Get(date.name)
		if raw == nil {
			if date.missing != "" {
				return refuse(date.missing)
			}
			continue
		}
		seconds, err := strictjson.Seconds(raw)
		if err != nil {
			return refuse(date.malformed)
		}
		*date.into = time.Unix(seconds, 0)
	}
	return nil
}

// parseClaims splits the payload; nothing of it is trusted yet.
func parseClaims(payload []byte) (strictjson.Object, error) {
	o, err := strictjson.Parse(payload, tokenBounds)
	if errors.Is(err, strictjson.ErrDuplicate) {
		return nil, refuse(ReasonClaimsDuplicate)
	}
	if err != nil {
		return nil, refuse(ReasonClaims)
	}
	return o, nil
}

func readIssuer(o strictjson.Object) (string, error) {
	raw := o.Get("iss")
	if raw == nil {
		return "", refuse(ReasonIssuerMissing)
	}
	name, err := strictjson.Text(raw)
	if err != nil {
		return "", refuse(ReasonIssuerMalformed)
	}
	return name, nil
}

// readScopes splits the scope claim (RFC 6749 section 3.3). A token without
// it allows nothing.
func readScopes(c *Claims, o strictjson.Object) error {
	raw := o.Get("scope")
	if raw == nil {
		return nil
	}
	text, err := strictjson.Text(raw)
	if err != nil || strings.ContainsFunc(text, func(r rune) bool { return !isScopeRune(r) && r != ' ' }) {
		return refuse(ReasonScopeMalformed)
	}
	count := strings.Count(text, " ") + 1
	if count > maxScopes {
		return refuse(ReasonScopeMalformed)
	}
	c.Scopes = make(Scopes, 0, count)
	for name := range strings.SplitSeq(text, " ") {
		if name != "" && !c.Scopes.Has(name) {
			c.Scopes = append(c.Scopes, name)
		}
	}
	return nil
}

// maxScopes is more than any real token has.
const maxScopes = 200

// checkTimes compares with the clock. A token is good until, and not at, exp.
func (c *Claims) checkTimes(now time.Time, leeway time.Duration) error {
	switch {
	case !c.Expires.After(c.IssuedAt):
		return refuse(ReasonLifetime)
	case !now.Before(c.Expires.Add(leeway)):
		return refuse(ReasonExpired)
	case c.IssuedAt.After(now.Add(leeway)):
		return refuse(ReasonIssuedInFuture)
	case c.NotBefore.After(now.Add(leeway)):
		return refuse(ReasonNotYetValid)
	}
	return nil
}

func (c *Claims) checkAudience(resources []string) error {
	if len(resources) == 0 {
		return nil
	}
	if len(c.Audience) == 0 {
		return refuse(ReasonAudienceMissing)
	}
	if !slices.ContainsFunc(c.Audience, func(name string) bool { return slices.Contains(resources, name) }) {
		return refuse(ReasonAudience)
	}
	return nil
}
