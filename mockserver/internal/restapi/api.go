// Package restapi is the self-service API of the mock: it turns HTTP into
// calls of the registry, and the registry's refusals into the real service's
// errors.
package restapi

import (
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// Identity is who calls.
type Identity struct {
	// OrgNo is the organisation acted for.
	OrgNo string
	// Actor is the client or user behind the call.
	Actor string
	// Scopes are the OAuth scopes that the caller holds.
	Scopes []string
}

// Merchant keeps the merchant data of integrations. Bodies and answers are
// JSON.
type Merchant interface {
	MerchantData(orgno, integration string) (any, error)
	SaveMerchantData(orgno, integration string, body []byte) (any, error)
}

// Config is what an API stands on. All fields are required
// unless they say otherwise.
type Config struct {
	Registry *registry.Registry
	Now      func() time.Time
	NewID    func() string
	// Verify checks an access token.
	Verify func(token string) (Identity, error)
	// TermsSigned reports whether an organisation has signed the terms of use, as
	// those that have clients made must have. Nil: all have.
	TermsSigned func(orgno string) bool
	// Merchant data is served where a call comes by the portal.
	Merchant Merchant
	// Variants are those in force. Nil: none.
	Variants variants.Source
	// Lenient reports whether refusals that rest on assumptions are noted in the
	// [Outcome] instead of made. Nil: never.
	Lenient func() bool
}

// API is the self-service API of one environment.
type API struct{ config Config }

// New returns an API.
func New(config Config) *API { return &API{config: config} }

// Outcome is what became of a call, for the journal.
type Outcome struct {
	Operation string // "PUT /scopes/access/{consumer_orgno}"; empty: no such call
	Identity  Identity
	Status    int
	Refusal   string // the message of the error; empty: none
	// Assumed are the refusals that weren't made since they rest on assumptions,
	// such as "409: Scope difi:a is deactivated". Nil unless the API is lenient.
	Assumed []string
	// Unexpected: no client that knows the API makes such a call, since it is
	// none, or nothing can be made of it.
	Unexpected bool
}
