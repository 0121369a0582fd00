package verify

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

// actionConsent is what a right of a consent allows.
const actionConsent = "consent"

// Consent is what a person or an organisation allows in Altinn. What couldn't
// be read of it is zero; [AuthorizationDetail.Decode] has it as it came.
type Consent struct {
	// ID is the consent's.
	ID string
	// From gave the consent, such as
	// urn:altinn:person:identifier-no:01017000000.
	From maskinporten.Personal
	// To got it. That is the consumer of the token; [RequireConsent] checks it.
	To Organization
	// HandledBy acts for To; zero when nobody does.
	HandledBy Organization
	// Consented is when it was given, ValidTo when it ends.
	Consented, ValidTo time.Time
	// Rights are what it allows.
	Rights []ConsentRight
}

// ConsentRight is one thing that a consent allows.
type ConsentRight struct {
	// Actions are what may be done; "consent" alone so far.
	Actions []string
	// Resources are what it may be done with.
	Resources []ConsentResource
	// Metadata are the right's own, such as a year of income. They may be
	// personal.
	Metadata map[string]maskinporten.Personal
}

// ConsentResource is what a right is about, such as the type
// urn:altinn:resource with the value of a resource's name.
type ConsentResource struct{ Type, Value string }

// Covers reports whether the consent allows the resource of this name.
func (c *Consent) Covers(resource string) bool {
	return slices.ContainsFunc(c.Rights, func(right ConsentRight) bool {
		return slices.Contains(right.Actions, actionConsent) && slices.ContainsFunc(right.Resources, func(r ConsentResource) bool {
			return resource != "" && r.Value == resource
		})
	})
}

func (c *Consent) clone() *Consent {
	copied := *c
	copied.Rights = slices.Clone(c.Rights)
	for i := range copied.Rights {
		right := &copied.Rights[i]
		right.Actions, right.Resources, right.Metadata = slices.Clone(right.Actions), slices.Clone(right.Resources), maps.Clone(right.Metadata)
	}
	return &copied
}

// String names the consent, and not who gave it.
func (c *Consent) String() string { return "verify.Consent(" + c.ID + ")" }

// RequireConsent lets in only tokens with a consent that covers the resource,
// lives, and was given to the token's consumer. Where organisation numbers are
// named, it must have been given to one of those instead, such as this
// provider's own.
func RequireConsent(resource string, to ...maskinporten.OrgNo) Requirement {
	if resource == "" || slices.ContainsFunc(to, func(o maskinporten.OrgNo) bool { return !o.Valid() }) {
		return impossible("RequireConsent: give the name of a resource, and well-formed organisation numbers")
	}
	to = slices.Clone(to)
	return Requirement{check: func(q *question) error {
		reason := ReasonConsentMissing
		for _, detail := range q.claims.AuthorizationDetails {
			if detail.Consent == nil || !detail.Consent.Covers(resource) {
				continue
			}
			if reason = detail.Consent.fits(q, to); reason == "" {
				return nil
			}
		}
		return refuse(reason)
	}}
}

func (c *Consent) fits(q *question, to []maskinporten.OrgNo) Reason {
	recipient := c.To == q.claims.Consumer
	if len(to) > 0 {
		recipient = slices.Contains(to, c.To.OrgNo)
	}
	switch {
	case !recipient:
		return ReasonConsentRecipient
	case !q.now().Before(c.ValidTo):
		return ReasonConsentExpired
	}
	return ""
}

// readConsent reads what it can: providers who don't ask for consents aren't
// to refuse a token for one that has changed.
func readConsent(o strictjson.Object) *Consent {
	return &Consent{
		ID: textOf(o, "id"), From: maskinporten.NewPersonal(textOf(o, "from")),
		To: readRecipient(o.Get("to")), HandledBy: readRecipient(o.Get("handledBy")),
		Consented: timeOf(o, "consented"), ValidTo: timeOf(o, "validTo"),
		Rights: readAll(o.Get("consentRights"), readRight),
	}
}

// readRecipient reads an organisation as tokens name it, or as Altinn does.
func readRecipient(raw []byte) Organization {
	const urn = "urn:altinn:organization:identifier-no:"
	var organization Organization
	var err error
	if name, isText := strictjson.Text(raw); isText == nil {
		organization, err = newOrganization(AuthorityISO6523, iso6523Prefix+strings.TrimPrefix(name, urn))
	} else {
		organization, err = readOrganization(raw)
	}
	if err != nil {
		return Organization{}
	}
	return organization
}

func readRight(o strictjson.Object) ConsentRight {
	right := ConsentRight{
		Resources: readAll(o.Get("resource"), func(o strictjson.Object) ConsentResource {
			return ConsentResource{Type: textOf(o, "type"), Value: textOf(o, "value")}
		}),
	}
	right.Actions, _ = strictjson.Texts(o.Get("action"))
	for _, name := range []string{"metadata", "metaData"} { // both are seen
		members, _ := strictjson.Parse(o.Get(name), tokenBounds)
		for _, member := range members {
			if right.Metadata == nil {
				right.Metadata = map[string]maskinporten.Personal{}
			}
			value, err := strictjson.Text(member.Value)
			if err != nil {
				value = string(member.Value)
			}
			right.Metadata[string(member.Name)] = maskinporten.NewPersonal(value)
		}
	}
	return right
}

// readAll reads the objects of an array, and leaves out what is none.
func readAll[T any](raw []byte, read func(strictjson.Object) T) []T {
	elements, _ := strictjson.Elements(raw)
	var all []T
	for _, element := range elements {
		if o, err := strictjson.Parse(element, tokenBounds); err == nil {
			all = append(all, read(o))
		}
	}
	return all
}

func timeOf(o strictjson.Object, name string) time.Time {
	var t time.Time
	if json.Unmarshal(o.Get(name), &t) != nil {
		return time.Time{}
	}
	return t
}
