package verify

import (
	"maps"
	"slices"
	"time"

	"github.com/maskinporten-go/maskinporten"
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
