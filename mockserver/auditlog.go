package mockserver

import (
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// Change is an entry of the audit log: who changed what. The real service never
// forgets either. Fields that have no meaning for its kind are empty.
type Change struct {
	Environment string    `json:"environment"`
	Time        time.Time `json:"time"`
	// Kind is what happened, such as "access_granted" or "key_added".
	Kind string `json:"kind"`
	// OrgNo is the organisation concerned.
	OrgNo         string `json:"orgno"`
	ClientID      string `json:"client_id,omitzero"`
	Scope         string `json:"scope,omitzero"`
	Kid           string `json:"kid,omitzero"`
	Prefix        string `json:"prefix,omitzero"`
	ConsumerOrgNo string `json:"consumer_orgno,omitzero"`
	SupplierOrgNo string `json:"supplier_orgno,omitzero"`
	Detail        string `json:"detail,omitzero"`
	// Actor is the client or user behind it, ActorOrgNo its organisation. Both
	// are empty where Digdir or Altinn acted, or time.
	Actor      string `json:"actor,omitzero"`
	ActorOrgNo string `json:"actor_orgno,omitzero"`
}

// AuditLog returns the changes since the start or the last Reset, oldest first.
// The real service never forgets one; the mock keeps the last 100,000, or as
// many as [WithHistory] says, which take up to 300 bytes each.
func (s *Server) AuditLog() []Change {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return s.journal.changes.All()
}

func (j *journal) audit(environment string, event registry.Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.changes.Add(Change{
		Environment: environment, Time: event.Time, Kind: string(event.Kind), OrgNo: event.OrgNo,
		ClientID: event.ClientID, Scope: event.Scope, Kid: event.Kid, Prefix: event.Prefix,
		ConsumerOrgNo: event.ConsumerOrgNo, SupplierOrgNo: event.SupplierOrgNo, Detail: event.Detail,
		Actor: event.Actor, ActorOrgNo: event.ActorOrgNo,
	})
}
