package issuer

import (
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten/internal/strictjson"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/orgno"
)

// detail is an authorization detail of a grant, while it is looked at.
type detail struct{ strictjson.Object }

// only refuses members other than these. Within is the name of the object
// they belong to, with a point; empty for the detail itself.
func (d detail) only(within string, names ...string) error {
	var unknown []string
	for _, member := range d.Object {
		if name := string(member.Name); !slices.Contains(names, name) {
			unknown = append(unknown, within+name)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		list := strings.Join(unknown, ", ")
		return refuse(unknownDetailFields, "it has the members "+quote(list), list)
	}
	return nil
}

// value returns a member that must be a string and not empty.
func (d detail) value(name string) (string, error) {
	value, err := text(d.Get(name))
	if err != nil || value == "" {
		return "", refuse(invalidDetailValue, name+" is missing, empty or no string", name)
	}
	return value, nil
}

// organisation returns the number of a member such as
// {"authority":"iso6523-actorid-upis","ID":"0192:889640782"}.
func (d detail) organisation(name string) (string, error) {
	inner, err := strictjson.Parse(d.Get(name), strictjson.Bounds{})
	if err != nil {
		return "", refuse(invalidDetailValue, name+" is missing or no object", name)
	}
	organisation := detail{inner}
	if err := organisation.only(name+".", "authority", "ID"); err != nil {
		return "", err
	}
	if authority, err := text(organisation.Get("authority")); err != nil || authority != orgno.Authority {
		return "", refuse(invalidDetailValue, "the authority is not "+orgno.Authority, name+".authority")
	}
	id, err := text(organisation.Get("ID"))
	number, ok := orgno.FromQualified(id)
	if err != nil || !ok {
		return "", refuse(invalidDetailValue, "the ID is not 0192: and an organisation number", name+".ID")
	}
	return number, nil
}

// noneFits is the refusal where nothing in Altinn fits what the detail asks for.
func noneFits(answer, reason string) error { return refuse(noneInAltinn, reason, answer) }
