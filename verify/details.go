package verify

import (
	"encoding/json"
	"slices"
)

// AuthorizationDetail is an element of authorization_details (RFC 9396).
type AuthorizationDetail struct {
	// Type tells what it is, such as
	// [maskinporten.AuthorizationTypeSystemUser].
	Type string
	// SystemUser is set for a system user, Consent for a consent.
	SystemUser *SystemUser
	Consent    *Consent

	raw *string // a pointer to text, which fmt doesn't follow
}

// Decode decodes the whole detail into v as [json.Unmarshal] does, for types
// and members that aren't read here. Consents name persons: log none of it.
func (d AuthorizationDetail) Decode(v any) error {
	if d.raw == nil {
		return json.Unmarshal([]byte(`{}`), v)
	}
	return json.Unmarshal([]byte(*d.raw), v)
}

// SystemUser is a system user in Altinn, on whose behalf a system calls.
type SystemUser struct {
	// Organization owns the system user.
	Organization Organization
	// IDs are the system user's; there is at least one.
	IDs []string
	// SystemID is the system that the system user belongs to.
	SystemID string
	// ExternalRef is what the system's vendor calls the system user; empty in
	// older tokens.
	ExternalRef string
}

// clone copies what a caller could change.
func (d AuthorizationDetail) clone() AuthorizationDetail {
	if d.SystemUser != nil {
		user := *d.SystemUser
		user.IDs = slices.Clone(user.IDs)
		d.SystemUser = &user
	}
	if d.Consent != nil {
		d.Consent = d.Consent.clone()
	}
	return d
}

// String leaves the details out: consents name persons.
func (d AuthorizationDetail) String() string { return d.Type }
