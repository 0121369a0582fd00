package issuer

import (
	"errors"
	"strings"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/lenient"
)

const (
	// maxLifetime is how far exp may be from iat, maxSkew how far iat from
	// the clock, both in seconds.
	maxLifetime = 120
	maxSkew     = 10

	pidDigits = 11
)

// grant is a JWT grant (RFC 7523) whose claims have the right form.
type grant struct {
	jwt
	issuer          string
	audience        []string
	issued, expires int64
	id              string
	scopes          []string // in the order asked, each once
	resource        []string
	pid             string
	consumerOrg     string
	onBehalfOf      string
	details         []object // authorization details: one at most, where the mock is strict

	undated bool // no iat
	notes   *lenient.Notes
}

// parseGrant checks the form of a grant, claim by claim.
func parseGrant(assertion string, notes *lenient.Notes) (*grant, error) {
	parsed, err := parseJWT(assertion)
	if err != nil {
		return nil, malformed(err.Error())
	}
	g := &grant{jwt: parsed, notes: notes}
	for _, claim := range []struct {
		name string
		read func(object) error
	}{
		{"iss", g.readIssuer},
		{"aud", g.readAudience},
		{"iat", g.readIssued},
		{"exp", g.readExpires},
		{"jti", g.readID},
		{"scope", g.readScopes},
		{"resource", g.readResource},
		{"pid", g.readPID},
		{"consumer_org", g.readConsumerOrg},
		{"iss_onbehalfof", g.readOnBehalfOf},
		{"authorization_details", g.readDetails},
	} {
		if err := claim.read(g.claims); err != nil {
			return g, malformedClaim(claim.name, err)
		}
	}
	return g, nil
}

func malformedClaim(name string, problem error) error {
	return malformed("the claim " + name + ": " + problem.Error())
}

// assumed is the problem of a claim that rests on an assumption, or nil if it is
// passed over.
func (g *grant) assumed(name string, problem error) error {
	if g.notes.Assumed(malformedClaim(name, problem)) == nil {
		return nil
	}
	return problem
}

func (g *grant) readIssuer(claims object) (err error) {
	g.issuer, err = claims.text("iss")
	return err
}

func (g *grant) readAudience(claims object) error {
	if raw, ok := claims["aud"]; !ok || raw[0] == '[' {
		audience, err := claims.texts("aud")
		g.audience = audience
		return err
	}
	audience, err := claims.text("aud")
	g.audience = []string{audience}
	return err
}

func (g *grant) readIssued(claims object) (err error) {
	if _, ok := claims["iat"]; !ok {
		g.undated = true
		return g.assumed("iat", errTime)
	}
	g.issued, err = g.seconds(claims, "iat")
	return err
}

// seconds reads a time. That it has no fraction is assumed: RFC 7519 allows one.
func (g *grant) seconds(claims object, name string) (int64, error) {
	whole, err := claims.seconds(name)
	if errors.Is(err, errFraction) {
		err = g.assumed(name, err)
	}
	return whole, err
}

func (g *grant) readExpires(claims object) (err error) {
	if g.expires, err = g.seconds(claims, "exp"); err != nil {
		return err
	}
	if !g.undated && g.expires-g.issued > maxLifetime {
		return errors.New("it is more than 120 s after iat")
	}
	return nil
}

func (g *grant) readID(claims object) (err error) {
	g.id, err = claims.text("jti")
	return err
}

func (g *grant) readScopes(claims object) error {
	asked, err := claims.text("scope")
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for scope := range strings.SplitSeq(asked, " ") {
		if scope != "" && !seen[scope] {
			seen[scope] = true
			g.scopes = append(g.scopes, scope)
		}
	}
	if len(g.scopes) == 0 {
		return errors.New("it names no scope")
	}
	return nil
}

func (g *grant) readResource(claims object) (err error) {
	if raw, ok := claims["resource"]; ok && raw[0] == '"' {
		single, err := text(raw)
		if err != nil {
			return err
		}
		g.resource = []string{single}
		return nil
	}
	g.resource, err = claims.texts("resource")
	return err
}

func (g *grant) readPID(claims object) (err error) {
	if _, ok := claims["pid"]; !ok {
		return nil
	}
	if g.pid, err = claims.text("pid"); err != nil {
		return err
	}
	if len(g.pid) != pidDigits || strings.Trim(g.pid, "0123456789") != "" {
		return errors.New("it has not eleven digits")
	}
	return nil
}

func (g *grant) readConsumerOrg(claims object) (err error) {
	if _, ok := claims["consumer_org"]; !ok {
		return nil
	}
	if g.consumerOrg, err = claims.text("consumer_org"); err != nil {
		return err
	}
	return maskinporten.OrgNo(g.consumerOrg).Check()
}

func (g *grant) readOnBehalfOf(claims object) (err error) {
	if _, ok := claims["iss_onbehalfof"]; !ok {
		return nil
	}
	if g.onBehalfOf, err = claims.text("iss_onbehalfof"); err != nil {
		return err
	}
	switch {
	case g.onBehalfOf == "":
		return errors.New("it is empty")
	case g.consumerOrg != "":
		return g.assumed("iss_onbehalfof", errors.New("it doesn't go together with consumer_org"))
	}
	return nil
}

// readDetails reads the form of authorization_details (RFC 9396); what the
// detail says is looked at last of all.
func (g *grant) readDetails(claims object) error {
	details, err := claims.elements("authorization_details")
	switch {
	case err != nil:
		return err
	case len(details) > 1:
		if err := g.assumed("authorization_details", errors.New("one at a time")); err != nil {
			return err
		}
	}
	for _, raw := range details {
		detail, err := parseObject(raw)
		if err != nil {
			return err
		}
		g.details = append(g.details, detail)
	}
	return nil
}
