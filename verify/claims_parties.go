package verify

import (
	"strings"
	"unicode"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

func readParties(c *Claims, o strictjson.Object) (err error) {
	raw := o.Get("consumer")
	if raw == nil {
		return refuse(ReasonConsumerMissing)
	}
	if c.Consumer, err = readOrganization(raw); err != nil {
		return err
	}
	if raw := o.Get("supplier"); raw != nil {
		if c.Supplier, err = readOrganization(raw); err != nil {
			return refuse(ReasonSupplierMalformed)
		}
	}
	return nil
}

// readOrganization reads an organisation; reasons are the consumer's.
func readOrganization(raw []byte) (Organization, error) {
	o, err := strictjson.Parse(raw, tokenBounds)
	if err != nil {
		return Organization{}, refuse(ReasonConsumerMalformed)
	}
	authority := o.Get("authority")
	if authority == nil {
		return Organization{}, refuse(ReasonConsumerAuthorityMissing)
	}
	name, err := strictjson.Text(authority)
	if err != nil {
		return Organization{}, refuse(ReasonConsumerMalformed)
	}
	known, err := knownAuthority(name)
	if err != nil {
		return Organization{}, err
	}
	id, err := strictjson.Text(o.Get("ID"))
	if err != nil {
		return Organization{}, refuse(ReasonConsumerID)
	}
	return newOrganization(known, id)
}

func knownAuthority(name string) (Authority, error) {
	switch authority := Authority(name); authority {
	case AuthorityISO6523, AuthorityETSI:
		return authority, nil
	default:
		return "", refuse(ReasonConsumerAuthority)
	}
}

func newOrganization(authority Authority, id string) (Organization, error) {
	o := Organization{Authority: authority, ID: id}
	if authority == AuthorityETSI {
		if !isETSI(id) {
			return Organization{}, refuse(ReasonConsumerID)
		}
		return o, nil
	}
	number, err := maskinporten.ParseOrgNo(id)
	if err != nil || id != number.ISO6523() {
		return Organization{}, refuse(ReasonConsumerID)
	}
	o.OrgNo = number
	return o, nil
}

// isETSI reports whether id can be the organizationIdentifier of a seal. It
// usually is VATSE-556703748501 (ETSI EN 319 412-1 section 5.1.4), but
// Maskinporten copies whatever the certificate has, and not all countries keep
// to the form. What looks like the other authority's ID is refused, for the
// sake of those who compare IDs only, and so is what looks like another ID than
// it is: blanks, and digits or letters that aren't what they seem.
func isETSI(id string) bool {
	const most = 256
	return id != "" && len(id) <= most && !strings.HasPrefix(id, iso6523Prefix) && !strings.ContainsFunc(id, isMisleading)
}

func isMisleading(r rune) bool {
	const wide, lastWide = '\uFF21', '\uFFDC' // full-width and half-width letters
	if r < unicode.MaxASCII {
		return r <= ' '
	}
	return !unicode.IsLetter(r) || r >= wide && r <= lastWide
}
