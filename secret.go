package maskinporten

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// Secret is a client secret, or the password of a key file. It hides itself: every verb of fmt, JSON, text
// encodings and slog show a placeholder in its place, also when the Secret
// lies deep inside another value. Reveal gives the secret itself; keep it
// somewhere safe, since the service doesn't show it again.
//
// The zero Secret holds nothing.
type Secret struct {
	value *string // a pointer, since fmt reads unexported fields without asking their methods
}

const hiddenSecret = "[hidden secret]"

// Reveal returns the secret in clear, or the empty string if there is none.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.value == nil }

// Equal compares two secrets in a time that doesn't tell where they differ.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String returns a placeholder, or the empty string if there is no secret.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return hiddenSecret
}

// Format writes the placeholder, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText returns the placeholder. JSON uses it as well.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue returns the placeholder.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// NewSecret hides a secret, such as the password of a key file. An empty one
// is no secret.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{value: &value}
}
