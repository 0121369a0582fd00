package registry

import "fmt"

// Kind says what sort of refusal an [Error] is.
type Kind int

// The kinds of refusal.
const (
	// Invalid input, or a rule of the field's values broken.
	Invalid Kind = iota + 1
	// Forbidden: it belongs to another organisation, or to Digdir.
	Forbidden
	// NotFound: there is no such thing.
	NotFound
	// Conflict: it is not in the state that the call needs.
	Conflict
)

// Error is a refusal by a rule of self-service. The state is unchanged.
type Error struct {
	Kind    Kind
	Message string
	// Object and Field name the place where the input was wrong ("Client",
	// "client_name"); Field is empty when the whole is meant.
	Object, Field string
	// Code tells one rule from the others at the same place, where somebody must
	// be told more than the place: see [CodePrivateKey]. Mostly empty.
	Code string
}

// CodePrivateKey says that the key that was sent is private, and given away now.
const CodePrivateKey = "private_key"

func (e *Error) Error() string { return e.Message }

func invalid(object, field, format string, args ...any) error {
	return &Error{Kind: Invalid, Object: object, Field: field, Message: fmt.Sprintf(format, args...)}
}

func forbidden(object, format string, args ...any) error {
	return &Error{Kind: Forbidden, Object: object, Message: fmt.Sprintf(format, args...)}
}

func notFound(object, format string, args ...any) error {
	return &Error{Kind: NotFound, Object: object, Message: fmt.Sprintf(format, args...)}
}

func conflict(object, format string, args ...any) error {
	return &Error{Kind: Conflict, Object: object, Message: fmt.Sprintf(format, args...)}
}
