package verify

import "errors"

// Error is what every refusal is. errors.Is finds its Reason, and the cause
// if there is one. Its text holds nothing of the token.
type Error struct {
	// Reason is why.
	Reason Reason
	// Claims are those of a token that is genuine (its signature is good),
	// for audit logs; else nil. They authorise nothing.
	Claims *Claims

	cause error
	scope string // what the route's scopes are, for the answer's challenge
}

// Status is the HTTP status that fits; see [Reason.Status].
func (e *Error) Status() int { return e.Reason.Status() }

// Error explains the reason, and the cause if there is one.
func (e *Error) Error() string {
	if e.cause != nil {
		return e.Reason.Error() + ": " + e.cause.Error()
	}
	return e.Reason.Error()
}

// Unwrap returns the reason and the cause.
func (e *Error) Unwrap() []error {
	if e.cause != nil {
		return []error{e.Reason, e.cause}
	}
	return []error{e.Reason}
}

// ErrClosed is the cause of refusals that need a key which a closed
// [Verifier] no longer fetches.
var ErrClosed = errors.New("verify: the verifier is closed")

func refuse(reason Reason) error { return &Error{Reason: reason} }

func refuseBecause(reason Reason, cause error) error { return &Error{Reason: reason, cause: cause} }

// reasonOf returns the reason of a refusal.
func reasonOf(err error) Reason {
	if refusal, ok := errors.AsType[*Error](err); ok {
		return refusal.Reason
	}
	return ReasonMisconfigured
}
