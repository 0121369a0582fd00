package issuer

import (
	"errors"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten/internal/strictjson"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/lenient"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/orgno"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

const pidDigits = 11

// grant is a JWT grant (RFC 7523) whose claims have the right form.
type grant struct {
	jwt
	issuer          string
	subject         string
	audience        []string
	issued, expires int64
	notBefore       int64 // 0: none
	id              string
	scopes          []string // in the order asked, each once
	resource        []string
	pid             string
	consumerOrg     string
	onBehalfOf      string
	details         []strictjson.Object // authorization details: one at most, where the mock is strict

	undated  bool // no iat
	notes    *lenient.Notes
	variants variants.Set
}

// claim is one that a JWT may have, and how it is read. What isn't there is read
// from nil.
type claim struct {
	name string
	read func(g *grant, raw []byte) error
}

// grantClaims are all that a grant may have, in the order in which they are
// looked at.
var grantClaims = []claim{
	{"iss", (*grant).readIssuer},
	{"aud", (*grant).readAudience},
	{"iat", (*grant).readIssued},
	{"exp", (*grant).readExpires},
	{"nbf", (*grant).readNotBefore},
	{"jti", (*grant).readID},
	{"scope", (*grant).readScopes},
	{"resource", (*grant).readResource},
	{"pid", (*grant).readPID},
	{"consumer_org", (*grant).readConsumerOrg},
	{"iss_onbehalfof", (*grant).readOnBehalfOf},
	{"authorization_details", (*grant).readDetails},
	{"sub", ignored},
	{"prn", ignored}, // sub as drafts of RFC 7523 called it: golang.org/x/oauth2/jwt sends both
}

// ignored is a claim that libraries send, and that nothing goes by.
func ignored(*grant, []byte) error { return nil }

// parseGrant checks the form of a grant, claim by claim.
func parseGrant(assertion string, claims []claim, notes *lenient.Notes, in variants.Set) (*grant, error) {
	parsed, err := parseJWT(assertion)
	if err != nil {
		return nil, malformed(err.Error())
	}
	g := &grant{jwt: parsed, notes: notes, variants: in}
	for _, c := range claims {
		if err := c.read(g, g.claims.Get(c.name)); err != nil {
			return g, malformedClaim(c.name, err)
		}
	}
	for _, member := range g.claims {
		if slices.ContainsFunc(claims, func(c claim) bool { return c.name == string(member.Name) }) {
			continue
		}
		if err := notes.Assumed(malformed("the claim " + quote(string(member.Name)) + ": a grant has no such claim")); err != nil {
			return g, err
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

func (g *grant) readIssuer(raw []byte) (err error) {
	g.issuer, err = text(raw)
	return err
}

func (g *grant) readSubject(raw []byte) (err error) {
	g.subject, err = text(raw)
	return err
}

func (g *grant) readAudience(raw []byte) (err error) {
	if raw != nil {
		g.audience, err = strictjson.Texts(raw)
	}
	return err
}

func (g *grant) readID(raw []byte) (err error) {
	g.id, err = text(raw)
	return err
}

func (g *grant) readScopes(raw []byte) error {
	asked, err := text(raw)
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

func (g *grant) readResource(raw []byte) (err error) {
	switch {
	case raw == nil:
		return nil
	case raw[0] == '"' && g.variants.Has(variants.ResourceArray):
		return strictjson.ErrType
	}
	g.resource, err = strictjson.Texts(raw)
	return err
}

func (g *grant) readPID(raw []byte) (err error) {
	if raw == nil {
		return nil
	}
	if g.pid, err = strictjson.Text(raw); err != nil {
		return err
	}
	if len(g.pid) != pidDigits || strings.Trim(g.pid, "0123456789") != "" {
		return errors.New("it has not eleven digits")
	}
	return nil
}

func (g *grant) readConsumerOrg(raw []byte) (err error) {
	if raw == nil {
		return nil
	}
	if g.consumerOrg, err = strictjson.Text(raw); err != nil {
		return err
	}
	if !orgno.Valid(g.consumerOrg) {
		return errors.New("it is no organisation number: nine digits, the last of which checks the others")
	}
	return nil
}

func (g *grant) readOnBehalfOf(raw []byte) (err error) {
	if raw == nil {
		return nil
	}
	if g.onBehalfOf, err = strictjson.Text(raw); err != nil {
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
func (g *grant) readDetails(raw []byte) error {
	if raw == nil {
		return nil
	}
	details, err := strictjson.Elements(raw)
	switch {
	case err != nil:
		return err
	case len(details) > 1:
		if err := g.assumed("authorization_details", errors.New("one at a time")); err != nil {
			return err
		}
	}
	for _, raw := range details {
		detail, err := strictjson.Parse(raw, strictjson.Bounds{})
		if err != nil {
			return err
		}
		g.details = append(g.details, detail)
	}
	return nil
}
