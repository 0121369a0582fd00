package verify

import (
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

// Claims are those of a token that was found good. Nobody should change them:
// handlers of one request share them.
type Claims struct {
	// Issuer is the environment's, ID the token's own (jti).
	Issuer, ID string
	// ClientID is the client that asked for the token, ClientAMR how it
	// identified itself: private_key_jwt or virksomhetssertifikat.
	ClientID, ClientAMR string
	// Consumer is the organisation that has the access, and on whose behalf
	// the call is made.
	Consumer Organization
	// Supplier makes the call for the consumer; zero when the consumer makes
	// it itself.
	Supplier Organization
	// Scopes are what the token allows.
	Scopes Scopes
	// DelegationSource is where the consumer's delegation to the supplier is
	// recorded.
	DelegationSource string
	// OnBehalfOf is the part of the client that asked (iss_onbehalfof).
	OnBehalfOf string
	// PID is the person that the token is about, eleven digits.
	PID maskinporten.Personal
	// Subject is sub, which Maskinporten's tokens don't have.
	Subject string
	// Audience are the APIs that the token is limited to; empty: any.
	Audience []string
	// AuthorizationDetails name system users and consents.
	AuthorizationDetails []AuthorizationDetail
	// IssuedAt and Expires are always there, NotBefore seldom is.
	IssuedAt, Expires, NotBefore time.Time

	// signed is the token up to its signature: header and payload as they
	// came, each with its dot. A pointer to text, which fmt doesn't follow.
	signed *string
}

// Delegated reports whether a supplier makes the call for the consumer.
func (c *Claims) Delegated() bool { return c.Supplier != Organization{} }

// Caller is the organisation that makes the call: the supplier if there is
// one, else the consumer.
func (c *Claims) Caller() Organization {
	if c.Delegated() {
		return c.Supplier
	}
	return c.Consumer
}

// SystemUser returns the system user of the token, if it has one.
func (c *Claims) SystemUser() (SystemUser, bool) {
	for _, detail := range c.AuthorizationDetails {
		if detail.SystemUser != nil {
			return *detail.SystemUser, true
		}
	}
	return SystemUser{}, false
}

// Consent returns the consent of the token, if it has one.
func (c *Claims) Consent() (Consent, bool) {
	for _, detail := range c.AuthorizationDetails {
		if detail.Consent != nil {
			return *detail.Consent, true
		}
	}
	return Consent{}, false
}

// Claim decodes any claim into v, as [json.Unmarshal] does, and reports
// whether the token has it.
func (c *Claims) Claim(name string, v any) (bool, error) {
	if c.signed == nil {
		return false, nil
	}
	_, payload, _ := strings.Cut(*c.signed, ".")
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimSuffix(payload, "."))
	if err != nil {
		return false, err
	}
	o, err := strictjson.Parse(data, tokenBounds)
	if err != nil || !o.Has(name) {
		return false, err
	}
	return true, json.Unmarshal(o.Get(name), v)
}

// clone copies what a caller could change. Most tokens have few scopes, which
// find room beside the claims: two allocations cost twice as much as one.
func (c *Claims) clone() *Claims {
	const few = 4
	together := &struct {
		Claims
		scopes [few]string
	}{Claims: *c}
	copied := &together.Claims
	if c.Scopes != nil {
		copied.Scopes = append(together.scopes[:0], c.Scopes...)
	}
	copied.Audience = slices.Clone(c.Audience)
	copied.AuthorizationDetails = slices.Clone(c.AuthorizationDetails)
	for i, detail := range copied.AuthorizationDetails {
		copied.AuthorizationDetails[i] = detail.clone()
	}
	return copied
}

// LogValue implements [slog.LogValuer]: who, for whom, which scopes, and the
// token's ID. The person is left out.
func (c *Claims) LogValue() slog.Value {
	attributes := []slog.Attr{
		slog.String("issuer", c.Issuer), slog.String("client_id", c.ClientID), slog.String("consumer", c.Consumer.String()),
	}
	if c.Delegated() {
		attributes = append(attributes, slog.String("supplier", c.Supplier.String()))
	}
	return slog.GroupValue(append(attributes, slog.String("scope", c.Scopes.String()), slog.String("token_id", c.ID))...)
}

// String is short, and leaves the person out.
func (c *Claims) String() string { return "verify.Claims" + c.LogValue().String() }
