package portal

import (
	"errors"
	"fmt"
)

// Code names a refusal, so that programs need not read its text.
type Code string

// The refusals of the portal.
const (
	// CodeInvalid: a value is malformed.
	CodeInvalid Code = "invalid"
	// CodeUnknown: there is no such thing, or none that the caller may see.
	CodeUnknown Code = "unknown"
	// CodeConflict: it exists already, or was decided before.
	CodeConflict Code = "conflict"
	// CodeUnknownDomain: no organisation has the mail address's domain.
	CodeUnknownDomain Code = "unknown_domain"
	// CodeTermsNotSigned: the organisation has not signed the terms of use.
	CodeTermsNotSigned Code = "terms_not_signed"
	// CodeNotConfirmed: the user has not followed the link in the mail.
	CodeNotConfirmed Code = "not_confirmed"
	// CodeLinkUsed: the confirmation link was followed before.
	CodeLinkUsed Code = "link_used"
	// CodeLinkInvalid: the confirmation link is forged, replaced or too old.
	CodeLinkInvalid Code = "link_invalid"
	// CodeWrongCredentials: no such user, or another password.
	CodeWrongCredentials Code = "wrong_credentials" //nolint:gosec // a name, no secret
	// CodeNotSignedIn: no session, or one that has ended.
	CodeNotSignedIn Code = "not_signed_in"
	// CodeForgedRequest: a request that changes something lacks the session's
	// CSRF token.
	CodeForgedRequest Code = "forged_request"
	// CodeNotManager: only a manager of the organisation may do this.
	CodeNotManager Code = "not_manager"
	// CodeNoAccess: the user may not work in this environment.
	CodeNoAccess Code = "no_access"
	// CodeIDPortenRequired: production asks for a sign-in with ID-porten.
	CodeIDPortenRequired Code = "idporten_required"
	// CodeMissingRight: the right that the call needs was not delegated.
	CodeMissingRight Code = "missing_right"
	// CodeFull: there is no room for more of them.
	CodeFull Code = "full"
)

// Error is a refusal of the portal. The state is unchanged.
type Error struct {
	Code Code
	// Field is what was wrong, by its name in JSON ("mail",
	// "persons[0].phone"). Empty: the whole, or nothing that was sent.
	Field   string
	Message string
}

func (e *Error) Error() string { return e.Message }

func refuse(code Code, format string, args ...any) error {
	return refuseField("", code, format, args...)
}

// refuseField refuses for what one field holds.
func refuseField(field string, code Code, format string, args ...any) error {
	return &Error{Code: code, Field: field, Message: fmt.Sprintf(format, args...)}
}

// within puts the field of a refusal below another: "persons[0]."
func within(place string, err error) error {
	refusal, ok := errors.AsType[*Error](err)
	if !ok || refusal.Field == "" {
		return err
	}
	below := *refusal
	below.Field = place + refusal.Field
	return &below
}
