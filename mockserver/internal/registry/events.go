package registry

import (
	"slices"
	"sync"
	"time"
)

// EventKind says what happened.
type EventKind string

// Critical events: those of whom the notification points of the integrations
// concerned are told.
const (
	// ScopeDeactivated: a scope of OrgNo's own was deactivated.
	ScopeDeactivated EventKind = "scope_deactivated"
	// GrantedScopeDeactivated: a scope that OrgNo had been granted was
	// deactivated. Comes once for each consumer, after ScopeDeactivated.
	GrantedScopeDeactivated EventKind = "granted_scope_deactivated"
	// AccessRevoked: OrgNo, the consumer, lost its access.
	AccessRevoked EventKind = "access_revoked"
	// ClientDeactivated: a client of OrgNo was deactivated.
	ClientDeactivated EventKind = "client_deactivated"
	// PrivateKeyPosted: somebody sent a private key, which was refused.
	PrivateKeyPosted EventKind = "private_key_posted"
	// KeyExpiring: a key lives 30 days more, or less.
	KeyExpiring EventKind = "key_expiring"
	// KeyExpired: a key has expired.
	KeyExpired EventKind = "key_expired"
	// SecretExpiring: a client secret lives 30 days more, or less.
	SecretExpiring EventKind = "secret_expiring"
	// SecretExpired: a client secret has expired.
	SecretExpired EventKind = "secret_expired"
)

// Every other change, for the audit log.
const (
	OrganizationAdded   EventKind = "organization_added"
	OrganizationRenamed EventKind = "organization_renamed"
	AdminScopesGranted  EventKind = "admin_scopes_granted"
	PrefixAssigned      EventKind = "prefix_assigned"
	PrefixWithdrawn     EventKind = "prefix_withdrawn"
	ScopeCreated        EventKind = "scope_created"
	ScopeUpdated        EventKind = "scope_updated"
	ScopeReactivated    EventKind = "scope_reactivated"
	AccessGranted       EventKind = "access_granted"
	ClientCreated       EventKind = "client_created"
	ClientUpdated       EventKind = "client_updated"
	ClientReactivated   EventKind = "client_reactivated"
	KeyAdded            EventKind = "key_added"
	KeyRenewed          EventKind = "key_renewed"
	KeyRemoved          EventKind = "key_removed"
	SecretRotated       EventKind = "secret_rotated"
	SecretRemoved       EventKind = "secret_removed"
	OnBehalfOfAdded     EventKind = "onbehalfof_added"
	OnBehalfOfUpdated   EventKind = "onbehalfof_updated"
	OnBehalfOfRemoved   EventKind = "onbehalfof_removed"
	DelegationAdded     EventKind = "delegation_added"
	DelegationRemoved   EventKind = "delegation_removed"
	SystemUserAdded     EventKind = "system_user_added"
)

// Critical reports whether notification points are told of such an event.
func (k EventKind) Critical() bool {
	return slices.Contains([]EventKind{
		ScopeDeactivated, GrantedScopeDeactivated, AccessRevoked, ClientDeactivated, PrivateKeyPosted,
		KeyExpiring, KeyExpired, SecretExpiring, SecretExpired,
	}, k)
}

// Event is something that happened to an organisation's integrations. Fields
// that have no meaning for its kind are empty. It never carries a secret.
type Event struct {
	// Time of the change, in whole milliseconds.
	Time time.Time `json:"time"`
	Kind EventKind `json:"kind"`
	// OrgNo is the organisation whose integration is concerned.
	OrgNo         string `json:"orgno"`
	ClientID      string `json:"client_id,omitzero"`
	Scope         string `json:"scope,omitzero"`
	Kid           string `json:"kid,omitzero"`
	Prefix        string `json:"prefix,omitzero"`
	ConsumerOrgNo string `json:"consumer_orgno,omitzero"`
	SupplierOrgNo string `json:"supplier_orgno,omitzero"`
	// Detail is what else there is to say, such as a new name.
	Detail string `json:"detail,omitzero"`
	// Actor is the client or user behind the call, ActorOrgNo its
	// organisation. Both are empty where Digdir or Altinn acted, or time.
	Actor      string `json:"actor,omitzero"`
	ActorOrgNo string `json:"actor_orgno,omitzero"`
}

// by fills in who caused the event.
func (e Event) by(caller Caller) Event {
	e.Actor, e.ActorOrgNo = caller.Actor, caller.OrgNo
	return e
}

// eventQueue carries events out of the lock without changing their order:
// they are pushed under the registry's lock, and delivered under a lock of
// their own by whoever comes first.
type eventQueue struct {
	receiver func(Event)

	delivery sync.Mutex // held while the receiver runs
	spare    []Event    // room that was used before, for the next that wait; guarded by delivery

	mu      sync.Mutex // guards waiting
	waiting []Event
}

// maxSpare is how many events' room is kept; most changes emit one.
const maxSpare = 16

func (q *eventQueue) push(e Event) {
	if q.receiver == nil {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, e)
}

// deliver hands over all that waits. When it returns, everything that was
// pushed before it was called has been delivered.
func (q *eventQueue) deliver() {
	if q.receiver == nil {
		return
	}
	q.delivery.Lock()
	defer q.delivery.Unlock()
	events := q.take()
	for _, e := range events {
		q.receiver(e)
	}
	if cap(events) <= maxSpare {
		clear(events)
		q.spare = events[:0]
	}
}

// take leaves the spare room behind.
func (q *eventQueue) take() []Event {
	q.mu.Lock()
	defer q.mu.Unlock()
	events := q.waiting
	q.waiting, q.spare = q.spare, nil
	return events
}

// clientEvent is an event about a client, told to its organisation.
func clientEvent(kind EventKind, c *Client) Event {
	return Event{Kind: kind, OrgNo: c.ClientOrgNo, ClientID: c.ClientID, SupplierOrgNo: c.SupplierOrgNo}
}
