package doctor

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/maskinporten-go/maskinporten"
)

// certificate: does it belong to the key, is it valid, and for this environment?
func (x *examination) certificate() *Step {
	const name = "certificate"
	f := &x.key
	if len(f.report.Certificates) == 0 {
		return x.certificateRefused(name, "")
	}
	byKid := f.report.KeyID != ""
	if f.certificateIsAnothers() {
		proof := fmt.Sprintf("it is for another key: none of the %d in the file fits, %s", len(f.report.Certificates), about(f.report.Certificates[0]))
		step := fail(name, proof, "put the key and the certificate that was issued for it in one file", usedKey)
		return ifByKid(step, byKid)
	}
	if !f.holdsPrivateKey() {
		return skipped(name, "the private key must be there first: see key file")
	}
	if problem, remedy := x.certificateProblem(); problem != "" {
		return ifByKid(fail(name, problem, remedy, usedKey), byKid)
	}
	leaf := f.report.Chain[0]
	proof := about(leaf)
	if step := x.certificateRefused(name, proof+"; "); step != nil {
		return step
	}
	if leaf.NotAfter.Sub(x.serverNow()) < soon {
		return warn(name, proof+": soon", "order its successor", usedKey)
	}
	if kind := kindOf(f.report.Chain); kind != "" {
		proof += ", " + string(kind)
	}
	return ok(name, proof, usedKey)
}

// certificateProblem is what can be seen to be wrong with the key's certificate.
func (x *examination) certificateProblem() (problem, remedy string) {
	chain, now := x.key.report.Chain, x.serverNow()
	leaf, is, wanted := chain[0], kindOf(chain), environmentKind(x.Target.Issuer)
	switch {
	case x.key.report.KeyID == "" && bytes.Equal(leaf.RawIssuer, leaf.RawSubject):
		return about(leaf) + "; it is signed by itself, and without a kid only a business certificate counts", "register the key on the client, and give its kid (--kid), or get a business certificate"
	case now.After(leaf.NotAfter):
		return about(leaf) + "; it has expired", "get a new business certificate, or register a key on the client and give its kid"
	case now.Before(leaf.NotBefore):
		return about(leaf) + "; it is not valid yet", "use the one before it until then, and check this machine's date"
	case is != "" && wanted != "" && is != wanted:
		return fmt.Sprintf("%s; it is a %s certificate, and this is the %s environment", about(leaf), is, wanted),
			fmt.Sprintf("use a %s certificate here, or the environment that it is for", wanted)
	}
	return "", ""
}

// ifByKid makes a failure a warning where the certificate isn't sent at all.
func ifByKid(step *Step, byKid bool) *Step {
	if byKid {
		step.Verdict = Warn
		step.Proof += "; the grants name the kid, and don't carry it"
	}
	return step
}

// certificateRefused is the step where the token endpoint didn't take the
// certificate, else nil.
func (x *examination) certificateRefused(name, proof string) *Step {
	refusal := x.refusedFor(maskinporten.SubjectCertificate)
	if refusal == nil {
		return nil
	}
	proof += said(refusal)
	if x.admin.client != nil && refusal.MP == "MP-122" {
		proof += "; the client is of " + string(x.admin.client.ClientOrgNo)
	}
	return fail(name, proof, refusal.Remedy(), usedKey, usedToken)
}

// about names a certificate: for whom, by whom, until when.
func about(c *x509.Certificate) string {
	text := fmt.Sprintf("%q", c.Subject.CommonName)
	if number := organizationOf(c); number != "" && !strings.Contains(c.Subject.CommonName, number) {
		text += " (" + number + ")"
	}
	return fmt.Sprintf("%s, from %q, valid from %s until %s", text, c.Issuer.CommonName, day(c.NotBefore), day(c.NotAfter))
}

var nineDigits = regexp.MustCompile(`\d{9}`)

// organizationOf is the organisation number in a certificate: in its
// organizationIdentifier as NTRNO-…, or, in older ones, the serial number of its
// subject.
func organizationOf(c *x509.Certificate) string {
	for _, attribute := range c.Subject.Names {
		if text, ok := attribute.Value.(string); ok && attribute.Type.String() == "2.5.4.97" {
			return nineDigits.FindString(text)
		}
	}
	return nineDigits.FindString(c.Subject.SerialNumber)
}

// kind is what a certificate or an environment is for.
type kind string

const (
	isTest       kind = "test"
	isProduction kind = "production"
)

var (
	saysTest       = regexp.MustCompile(`(?i)\btest\d*\b`)
	saysProduction = regexp.MustCompile(`(?i)\bproduction\b`)
)

// kindOf tells test from production by who issued the certificate: the test
// authorities of Buypass ("Buypass Class 3 Test4 CA …") and Commfides ("Commfides
// Legal Person - G3 - TEST") say so in their names, and those of production don't.
func kindOf(chain []*x509.Certificate) kind {
	issuers := []string{chain[0].Issuer.String()}
	for _, c := range chain[1:] {
		issuers = append(issuers, c.Subject.String())
	}
	names := strings.Join(issuers, "\n")
	switch {
	case saysTest.MatchString(names):
		return isTest
	case saysProduction.MatchString(names), strings.Contains(names, "Buypass"), strings.Contains(names, "Commfides"):
		return isProduction
	}
	return ""
}

// environmentKind tells what Digdir's environments are for; nothing of other
// issuers.
func environmentKind(issuer string) kind {
	address, err := url.Parse(issuer)
	switch {
	case err != nil:
	case address.Hostname() == "maskinporten.no":
		return isProduction
	case strings.HasSuffix(address.Hostname(), ".maskinporten.no"):
		return isTest
	}
	return ""
}
