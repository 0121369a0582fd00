package registry

import (
	"slices"
	"time"
)

// KeyStatus tells how long a key or the secret of a client lives.
type KeyStatus struct {
	ClientID   string    `json:"client_id"`
	ClientName string    `json:"client_name"`
	Kid        string    `json:"kid,omitzero"` // empty: the client's secret
	Expires    time.Time `json:"expires"`
	// State is one of the three below.
	State string `json:"state"`
}

// The states of keys and secrets.
const (
	KeyIsValid    = "valid"
	KeyIsExpiring = "expiring" // within 30 days
	KeyHasExpired = "expired"
)

// KeyStatuses lists the keys and secrets of the active clients that the caller
// may act on ("Nøkkelstatus"), the first to end first.
func (r *Registry) KeyStatuses(caller Caller) ([]KeyStatus, error) {
	clients, err := r.Clients(caller, false)
	if err != nil {
		return nil, err
	}
	now := r.now()
	list := []KeyStatus{}
	for _, c := range clients {
		for d := range deadlines(c) {
			if d.kind == KeyExpired || d.kind == SecretExpired {
				list = append(list, d.status(c, now))
			}
		}
	}
	slices.SortStableFunc(list, func(a, b KeyStatus) int { return a.Expires.Compare(b.Expires) })
	return list, nil
}

func (d deadline) status(c *Client, now time.Time) KeyStatus {
	s := KeyStatus{ClientID: c.ClientID, ClientName: c.ClientName, Kid: d.kid, Expires: time.UnixMilli(d.end).UTC(), State: KeyIsValid}
	switch {
	case !now.Before(s.Expires):
		s.State = KeyHasExpired
	case !now.Before(s.Expires.Add(-warning)):
		s.State = KeyIsExpiring
	}
	return s
}
