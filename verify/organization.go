package verify

import "github.com/maskinporten-go/maskinporten"

// Authority says in which register an organisation's ID is.
type Authority string

// The authorities.
const (
	// AuthorityISO6523 is for organisations with a Norwegian number.
	AuthorityISO6523 Authority = "iso6523-actorid-upis"
	// AuthorityETSI is for organisations that identify themselves with a
	// European electronic seal. They come to scopes that support European
	// businesses only, and any of them can: nobody grants them access.
	AuthorityETSI Authority = "etsi-en-319-412"
)

// iso6523Prefix begins the IDs of [AuthorityISO6523].
const iso6523Prefix = "0192:"

// Organization is an organisation as tokens name it. It is comparable, so that
// it can be the key of a map: OrgNo alone is not, since it is empty for many.
type Organization struct {
	// Authority says what the ID means.
	Authority Authority
	// ID is as the token has it: "0192:991825827", or what the seal's
	// certificate says, such as "VATSE-556703748501".
	ID string
	// OrgNo is the Norwegian organisation number; empty for all whose
	// authority is [AuthorityETSI].
	OrgNo maskinporten.OrgNo
}

// String returns the organisation number; if there is none, authority and ID.
func (o Organization) String() string {
	if o.OrgNo != "" {
		return string(o.OrgNo)
	}
	if o.ID == "" {
		return ""
	}
	return string(o.Authority) + ":" + o.ID
}
