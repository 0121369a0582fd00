package maskinporten

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// Personal is text about a person, such as a national identity number. It
// hides itself: every verb of fmt, JSON, text encodings and slog show a
// placeholder in its place, also when it lies deep inside another value, in
// fields that aren't exported too. Reveal gives the text itself.
//
// The zero Personal holds nothing.
type Personal struct {
	value *string // a pointer, since fmt reads unexported fields without asking their methods
}

const hiddenPerson = "[hidden person]"

// NewPersonal hides a text. That of the empty text is the zero Personal.
func NewPersonal(text string) Personal {
	if text == "" {
		return Personal{}
	}
	return Personal{value: &text}
}

// Reveal returns the text in clear, or the empty string if there is none.
func (p Personal) Reveal() string {
	if p.value == nil {
		return ""
	}
	return *p.value
}

// IsZero reports whether there is no text.
func (p Personal) IsZero() bool { return p.value == nil }

// Equal compares two texts in a time that doesn't tell where they differ.
func (p Personal) Equal(other Personal) bool {
	return subtle.ConstantTimeCompare([]byte(p.Reveal()), []byte(other.Reveal())) == 1
}

// String returns a placeholder, or the empty string if there is no text.
func (p Personal) String() string {
	if p.IsZero() {
		return ""
	}
	return hiddenPerson
}

// Format writes the placeholder, whatever the verb.
func (p Personal) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.String()) }

// MarshalText returns the placeholder. JSON uses it as well.
func (p Personal) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// LogValue returns the placeholder.
func (p Personal) LogValue() slog.Value { return slog.StringValue(p.String()) }
