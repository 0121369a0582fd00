package mockserver

import (
	"encoding/json"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// Delegate records that the consumer has delegated a scope to the supplier in
// Altinn, in all environments, so that the supplier gets tokens with
// consumer_org.
func (s *Server) Delegate(consumer, supplier maskinporten.OrgNo, scope string) {
	s.helper()
	s.must("Delegate", s.everywhere(func(e *environment) error {
		return e.registry.Delegate(string(consumer), string(supplier), scope)
	}))
}

// Undelegate takes a delegation back, wherever there is one.
func (s *Server) Undelegate(consumer, supplier maskinporten.OrgNo, scope string) {
	s.helper()
	s.must("Undelegate", s.everywhere(delegation{Consumer: string(consumer), Supplier: string(supplier), Scope: scope}.takeBack))
}

// SystemUser is a system user in Altinn: the customer lets a vendor's system
// act for it.
type SystemUser struct {
	// ID is a UUID, made up when empty.
	ID string
	// OrgNo is the customer, Vendor who runs the system and whose clients get
	// the tokens.
	OrgNo, Vendor maskinporten.OrgNo
	// ExternalRef tells several of one customer apart.
	ExternalRef string
	// SystemID is the vendor's system, made of its number when empty.
	SystemID string
}

// AddSystemUser registers a system user in all environments. Until the first
// one is registered, every organisation has one with every vendor.
func (s *Server) AddSystemUser(u SystemUser) {
	s.helper()
	if u.ID == "" {
		u.ID = s.nextID()
	}
	s.must("AddSystemUser", s.everywhere(func(e *environment) error {
		_, err := e.registry.AddSystemUser(registry.SystemUser{
			ID: u.ID, OrgNo: string(u.OrgNo), VendorOrgNo: string(u.Vendor), ExternalRef: u.ExternalRef, SystemID: u.SystemID,
		})
		return err
	}))
}

// Consent is what a token says of a consent that was given in Altinn.
type Consent struct {
	ID string
	// From is who gave it; empty: whoever the grant names.
	From string
	// Consented is when it was given, ValidTo when it ends.
	Consented, ValidTo time.Time
	// Rights is what it allows, as the token carries it.
	Rights []any
	// To is the organisation that it was given to; empty: the consumer that asks
	// for the token.
	To maskinporten.OrgNo
	// Others are further members, as the token carries them.
	Others map[string]any
}

// SetConsent tells the mock of a consent, in all environments. One that it wasn't
// told of is refused (MP-303).
func (s *Server) SetConsent(c Consent) {
	s.helper()
	rights, err := json.Marshal(append([]any{}, c.Rights...))
	s.must("SetConsent", err)
	others := map[string]json.RawMessage{}
	for name, value := range c.Others {
		others[name], err = json.Marshal(value)
		s.must("SetConsent", err)
	}
	s.must("SetConsent", s.everywhere(func(e *environment) error {
		return e.issuer.SetConsent(issuer.Consent{
			ID: c.ID, From: c.From, To: string(c.To), Consented: c.Consented, ValidTo: c.ValidTo, Rights: rights, Others: others,
		})
	}))
}

// Flaw is something wrong with a token made by [Server.Token].
type Flaw = issuer.Flaw

// The flaws.
const (
	// FlawExpired: it ended an hour ago.
	FlawExpired = issuer.Expired
	// FlawOtherIssuer: its iss is none of Maskinporten's.
	FlawOtherIssuer = issuer.OtherIssuer
	// FlawOtherKey: it names the environment's key but is signed with another.
	FlawOtherKey = issuer.OtherKey
	// FlawUnknownKey: it names a key that isn't in the key set.
	FlawUnknownKey = issuer.UnknownKey
	// FlawMissingConsumer: it speaks for nobody.
	FlawMissingConsumer = issuer.MissingConsumer
	// FlawTampered: its claims were changed after it was signed.
	FlawTampered = issuer.Tampered
	// FlawUnsigned: its alg is none.
	FlawUnsigned = issuer.Unsigned
)

// Token makes an access token of the environment, for testing an API that takes
// Maskinporten's tokens. It has all that a real one has; the claims given come
// in place of that, and a claim of nil is left out. No client has to exist, and
// nothing is checked.
func (s *Server) Token(env maskinporten.Environment, claims map[string]any, flaws ...Flaw) string {
	s.helper()
	through, err := s.mustFind("Token", env).through(s.memory)
	s.must("Token", err)
	token, err := through.Mint(claims, flaws...)
	s.must("Token", err)
	return token
}

// RotateSigningKey makes the environment sign with another key from now on. Its
// key set shows both for a day.
func (s *Server) RotateSigningKey(env maskinporten.Environment) {
	s.helper()
	s.mustFind("RotateSigningKey", env).issuer.RotateKey()
}
