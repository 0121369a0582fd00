package registry

import (
	"cmp"
	"math"
	"slices"
	"sort"
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
	part, _, err := r.KeyStatusPage(caller, "", Page{Limit: math.MaxInt})
	return part.Items, err
}

// KeyStatusPage is a part of [Registry.KeyStatuses]: of those in a state, if one is
// given. Counts tells how many there are in each.
func (r *Registry) KeyStatusPage(caller Caller, state string, p Page) (part Part[KeyStatus], counts map[string]int, err error) {
	if err := checkClientCaller(caller); err != nil {
		return part, nil, err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	now, all := r.now(), r.endings(caller)
	until := func(t time.Time) int { // how many have ended by then
		return sort.Search(len(all), func(i int) bool { return all[i].end > t.UnixMilli() })
	}
	expired, expiring := until(now), until(now.Add(warning))
	counts = map[string]int{KeyHasExpired: expired, KeyIsExpiring: expiring - expired, KeyIsValid: len(all) - expiring}
	switch state {
	case "":
	case KeyHasExpired:
		all = all[:expired]
	case KeyIsExpiring:
		all = all[expired:expiring]
	case KeyIsValid:
		all = all[expiring:]
	default:
		all = nil
	}
	part = Part[KeyStatus]{Items: []KeyStatus{}, Total: len(all)}
	all = all[min(p.Offset, len(all)):]
	for _, e := range all[:min(p.Limit, len(all))] {
		part.Items = append(part.Items, e.status(now))
	}
	return part, counts, nil
}

// StateOf tells how a key stands that ends then, in seconds since 1970.
func (r *Registry) StateOf(k Key) string { return stateOf(k.Exp*1000, r.now()) }

// endings are those of the active clients that a caller may act on, the first first.
// They are found once, until a client changes. The caller holds the lock, for
// reading at least.
func (r *Registry) endings(caller Caller) []ending {
	r.ends.mu.Lock()
	defer r.ends.mu.Unlock()
	key := actsFor{caller.OrgNo, caller.Own, caller.Supplier}
	all, found := r.ends.known[key]
	if found {
		return all
	}
	for c := range r.clients.group(caller.OrgNo) {
		if !c.Active || !mayActOn(caller, c) {
			continue
		}
		for _, k := range keysOf(c) {
			all = append(all, ending{c, k.Kid, k.Exp * 1000})
		}
		if c.secretDigest != "" {
			all = append(all, ending{c, "", c.secretExpires.UnixMilli()})
		}
	}
	slices.SortStableFunc(all, func(a, b ending) int { return cmp.Compare(a.end, b.end) })
	if r.ends.known == nil {
		r.ends.known = map[actsFor][]ending{}
	}
	r.ends.known[key] = all
	return all
}

func (e ending) status(now time.Time) KeyStatus {
	return KeyStatus{ClientID: e.client.ClientID, ClientName: e.client.ClientName, Kid: e.kid, Expires: time.UnixMilli(e.end).UTC(), State: stateOf(e.end, now)}
}

func stateOf(end int64, now time.Time) string {
	switch left := end - now.UnixMilli(); {
	case left <= 0:
		return KeyHasExpired
	case left <= warning.Milliseconds():
		return KeyIsExpiring
	default:
		return KeyIsValid
	}
}
