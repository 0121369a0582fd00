package journal

import (
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// Change is an entry of the audit log, as the control API shows it.
type Change struct {
	Environment   string    `json:"environment"`
	Time          time.Time `json:"time"`
	Kind          string    `json:"kind"`
	OrgNo         string    `json:"orgno"`
	ClientID      string    `json:"client_id,omitzero"`
	Scope         string    `json:"scope,omitzero"`
	Kid           string    `json:"kid,omitzero"`
	Prefix        string    `json:"prefix,omitzero"`
	ConsumerOrgNo string    `json:"consumer_orgno,omitzero"`
	SupplierOrgNo string    `json:"supplier_orgno,omitzero"`
	Detail        string    `json:"detail,omitzero"`
	Actor         string    `json:"actor,omitzero"`
	ActorOrgNo    string    `json:"actor_orgno,omitzero"`
}

// Note remembers a change.
func (j *Journal) Note(environment string, event registry.Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.changes.Add(Change{
		Environment: environment, Time: event.Time, Kind: string(event.Kind), OrgNo: event.OrgNo,
		ClientID: event.ClientID, Scope: event.Scope, Kid: event.Kid, Prefix: event.Prefix,
		ConsumerOrgNo: event.ConsumerOrgNo, SupplierOrgNo: event.SupplierOrgNo, Detail: event.Detail,
		Actor: event.Actor, ActorOrgNo: event.ActorOrgNo,
	})
}

// Changes are those that are remembered, oldest first.
func (j *Journal) Changes() []Change {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.changes.All()
}
