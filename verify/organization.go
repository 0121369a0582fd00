package verify

import (
	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/verify/internal/jwt"
)

// Authority says in which register an organisation's ID is.
type Authority string

// The authorities.
const (
	// AuthorityISO6523 is for organisations with a Norwegian number.
	AuthorityISO6523 Authority = "iso6523-actorid-upis"
	// AuthorityETSI is for European organisations, which identify themselves
	// with an electronic seal. They have no Norwegian number.
	AuthorityETSI Authority = "etsi-en-319-412"
)

// Organization is an organisation as tokens name it.
type Organization struct {
	// Authority says what the ID means.
	Authority Authority
	// ID is as the token has it: "0192:991825827", or "VATSE-556703748501"
	// for a seal.
	ID string
	// OrgNo is the Norwegian organisation number; empty for European
	// organisations.
	OrgNo maskinporten.OrgNo
}

// String returns the organisation number, or the ID if there is none.
func (o Organization) String() string {
	if o.OrgNo != "" {
		return string(o.OrgNo)
	}
	return o.ID
}

func readParties(c *Claims) (err error) {
	raw := c.all.Get("consumer")
	if raw == nil {
		return refuse(ReasonConsumerMissing)
	}
	if c.Consumer, err = readOrganization(raw); err != nil {
		return err
	}
	if raw := c.all.Get("supplier"); raw != nil {
		if c.Supplier, err = readOrganization(raw); err != nil {
			return refuse(ReasonSupplierMalformed)
		}
	}
	return nil
}

// readOrganization reads an organisation; reasons are the consumer's.
func readOrganization(raw []byte) (Organization, error) {
	o, err := jwt.ParseObject(raw)
	if err != nil {
		return Organization{}, refuse(ReasonConsumerMalformed)
	}
	authority := o.Get("authority")
	if authority == nil {
		return Organization{}, refuse(ReasonConsumerAuthorityMissing)
	}
	name, err := jwt.Text(authority)
	if err != nil {
		return Organization{}, refuse(ReasonConsumerMalformed)
	}
	known, err := knownAuthority(name)
	if err != nil {
		return Organization{}, err
	}
	id, err := jwt.Text(o.Get("ID"))
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

// isETSI reports whether id is a semantic identifier of a legal person (ETSI
// EN 319 412-1 section 5.1.4): a register of three letters, a country of two,
// a hyphen and a reference; or two letters and a colon for national ones.
func isETSI(id string) bool {
	const prefix, most = 6, 128
	if len(id) <= prefix || len(id) > most || id[prefix-1] != '-' {
		return false
	}
	for i, c := range []byte(id) {
		national := i == 2 && c == ':'
		if i < prefix-1 && !national && (c < 'A' || c > 'Z') || c <= ' ' || c >= 0x7F {
			return false
		}
	}
	return true
}
