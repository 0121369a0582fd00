package mockserver

import (
	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
)

// Flaw is something wrong with a token made by [Server.Token].
type Flaw string

// The flaws.
const (
	// FlawExpired: it ended an hour ago.
	FlawExpired Flaw = "expired"
	// FlawOtherIssuer: its iss is not one of Maskinporten's.
	FlawOtherIssuer Flaw = "other_issuer"
	// FlawOtherKey: it names the environment's key but is signed with another.
	FlawOtherKey Flaw = "other_key"
	// FlawUnknownKey: it names a key that isn't in the key set.
	FlawUnknownKey Flaw = "unknown_key"
	// FlawMissingConsumer: it has no consumer.
	FlawMissingConsumer Flaw = "missing_consumer"
	// FlawTampered: its claims were changed after it was signed.
	FlawTampered Flaw = "tampered"
	// FlawUnsigned: its alg is "none".
	FlawUnsigned Flaw = "unsigned"
)

// Token makes an access token of the environment, for testing an API that takes
// Maskinporten's tokens. It has all that a real one has; the claims given come
// in place of that, and a claim of nil is left out. No client has to exist, and
// nothing is checked.
func (s *Server) Token(env maskinporten.Environment, claims map[string]any, flaws ...Flaw) string {
	s.t.Helper()
	at, err := s.environment("Token", env).At(s.gateway.Memory().Addresses().Issuer(string(env)))
	s.must("Token", err)
	wrong := make([]issuer.Flaw, len(flaws))
	for i, flaw := range flaws {
		wrong[i] = issuer.Flaw(flaw)
	}
	token, err := at.Mint(claims, wrong...)
	s.must("Token", err)
	return token
}

// RotateSigningKey makes the environment sign with another key from now on. Its
// key set shows both for a day.
func (s *Server) RotateSigningKey(env maskinporten.Environment) {
	s.t.Helper()
	s.environment("RotateSigningKey", env).Issuer.RotateKey()
}
