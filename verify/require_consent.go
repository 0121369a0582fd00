package verify

import (
	"slices"

	"github.com/maskinporten-go/maskinporten"
)

// RequireConsent lets in only tokens with a consent that covers the resource,
// is still valid, and was given to the token's consumer. Where organisation
// numbers are named, it must have been given to one of those instead, such as
// this provider's own.
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
