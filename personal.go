package maskinporten

import (
	"encoding/json"
	"fmt"
	"log/slog"
)

// hiddenPerson stands where a national identity number was: that is personal,
// and belongs in no log.
const hiddenPerson = "[hidden person]"

// tokenRequestFields is a TokenRequest that shows what it holds.
type tokenRequestFields TokenRequest

// shown is what others than the token endpoint may see.
func (r TokenRequest) shown() tokenRequestFields {
	if r.PID != "" {
		r.PID = hiddenPerson
	}
	return tokenRequestFields(r)
}

// Format shows the request without the person, whatever the verb.
func (r TokenRequest) Format(state fmt.State, verb rune) {
	_, _ = fmt.Fprintf(state, fmt.FormatString(state, verb), r.shown())
}

// LogValue shows the request without the person.
func (r TokenRequest) LogValue() slog.Value { return slog.AnyValue(r.shown()) }

// MarshalJSON writes the request without the person, its fields named as in Go.
func (r TokenRequest) MarshalJSON() ([]byte, error) { return json.Marshal(r.shown()) } //nolint:musttag // named as in Go

// Format names the consent, and not who gave it.
func (c Consent) Format(state fmt.State, _ rune) { _, _ = fmt.Fprint(state, c.String()) }

// String names the consent, and not who gave it.
func (c Consent) String() string { return "maskinporten.Consent(" + c.ID + ")" }

// LogValue names the consent, and not who gave it.
func (c Consent) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON writes the consent without the person who gave it; only grants
// carry that.
func (c Consent) MarshalJSON() ([]byte, error) {
	if c.From != "" {
		c.From = hiddenPerson
	}
	return json.Marshal(c.claim())
}
