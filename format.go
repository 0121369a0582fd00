package maskinporten

import (
	"fmt"
	"log/slog"
)

// What works for a program is named in one line by every verb of fmt and by
// slog: its inside holds tokens, and changes while it would be printed.

// String names the client and where it calls.
func (c *Client) String() string {
	if c.admin.auth == nil {
		return "maskinporten.Client(" + c.admin.settings.target.API + ")"
	}
	return "maskinporten.Client(" + c.admin.auth.ClientID() + " at " + c.admin.settings.target.API + ")"
}

// Format keeps every verb of fmt to String.
func (c *Client) Format(state fmt.State, _ rune) { _, _ = fmt.Fprint(state, c.String()) }

// LogValue keeps slog to String.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

// String names the client that tokens are got for, and where.
func (a *Authenticator) String() string {
	return "maskinporten.Authenticator(" + a.ClientID() + " at " + a.settings.target.Token + ")"
}

// Format keeps every verb of fmt to String.
func (a *Authenticator) Format(state fmt.State, _ rune) { _, _ = fmt.Fprint(state, a.String()) }

// LogValue keeps slog to String.
func (a *Authenticator) LogValue() slog.Value { return slog.StringValue(a.String()) }
