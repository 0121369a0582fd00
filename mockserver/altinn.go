package mockserver

import (
	"encoding/json"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/engine"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// Altinn is what people do in Altinn, in all environments: delegate scopes, let
// systems act for them, give consents.
type Altinn struct{ server *Server }

// Altinn returns Altinn.
func (s *Server) Altinn() *Altinn { return &Altinn{s} }

// Delegate records that the consumer has delegated a scope to the supplier, so
// that the supplier gets tokens with consumer_org.
func (a *Altinn) Delegate(consumer, supplier maskinporten.OrgNo, scope string) {
	a.server.t.Helper()
	a.server.must("Delegate", a.server.engine.InAll(func(env *engine.Environment) error {
		return env.Registry.Delegate(string(consumer), string(supplier), scope)
	}))
}

// Undelegate takes a delegation back, wherever there is one.
func (a *Altinn) Undelegate(consumer, supplier maskinporten.OrgNo, scope string) {
	a.server.t.Helper()
	a.server.must("Undelegate", a.server.engine.Undelegate("", string(consumer), string(supplier), scope))
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

// AddSystemUser registers a system user. Until the first one is registered,
// every organisation has one with every vendor.
func (a *Altinn) AddSystemUser(u SystemUser) {
	a.server.t.Helper()
	_, err := a.server.engine.AddSystemUser("", registry.SystemUser{
		ID: u.ID, OrgNo: string(u.OrgNo), VendorOrgNo: string(u.Vendor), ExternalRef: u.ExternalRef, SystemID: u.SystemID,
	})
	a.server.must("AddSystemUser", err)
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

// SetConsent tells the mock of a consent. One that it wasn't told of is refused
// (MP-303).
func (a *Altinn) SetConsent(c Consent) {
	a.server.t.Helper()
	rights, err := json.Marshal(append([]any{}, c.Rights...))
	a.server.must("SetConsent", err)
	others := map[string]json.RawMessage{}
	for name, value := range c.Others {
		others[name], err = json.Marshal(value)
		a.server.must("SetConsent", err)
	}
	a.server.must("SetConsent", a.server.engine.InAll(func(env *engine.Environment) error {
		return env.Issuer.SetConsent(issuer.Consent{
			ID: c.ID, From: c.From, To: string(c.To), Consented: c.Consented, ValidTo: c.ValidTo, Rights: rights, Others: others,
		})
	}))
}
