package portal

import (
	"cmp"
	"maps"
	"slices"
)

// A portal that serves for long keeps so much. What somebody confirmed, or waits
// for, is never dropped to make room.
const (
	// maxUsers is how many users sign up; a state that is imported may have more.
	maxUsers = 50_000
	// maxWaiting is how many of them are not confirmed: the last to sign up.
	maxWaiting = 10_000
	// maxSessions is how many there are at once: those that were used last.
	maxSessions = 10_000
	// fewSessions are so few that nobody looks for old ones among them.
	fewSessions = 256
	// maxPending is how many orders of prefixes wait for a decision.
	maxPending = 1000
	// maxDecided is how many orders, and how many requests, are kept that were
	// decided: the last ones.
	maxDecided = 1000
)

// roomForUser refuses a new user when all that there is room for are confirmed.
func (p *Portal) roomForUser(address string) error {
	if _, known := p.users[address]; known || len(p.users)-p.waiting.Len() < maxUsers {
		return nil
	}
	return refuse(CodeFull, "the portal has its %d users: reset the mock, or use those that there are", maxUsers)
}

// addWaiting adds a user who has to follow a link, in place of whoever had the
// address, and forgets the oldest of those where there are too many.
func (p *Portal) addWaiting(u *user) {
	before := p.users[u.mail]
	p.users[u.mail] = u
	if before != nil {
		delete(p.links, before.link)
		if before.waiting == nil { // it is kept
			return
		}
		p.waiting.Remove(before.waiting)
	}
	u.waiting = p.waiting.PushBack(u.mail)
	for p.waiting.Len() > maxWaiting || len(p.users) > maxUsers && p.waiting.Len() > 1 {
		p.forget(p.users[p.waiting.Front().Value.(string)]) //nolint:errcheck,forcetypeassert // it holds addresses
	}
}

// forget drops a user who was never confirmed, with the link.
func (p *Portal) forget(u *user) {
	p.keep(u)
	delete(p.links, u.link)
	delete(p.users, u.mail)
}

// keep takes a user out of those that are forgotten when there are too many.
func (p *Portal) keep(u *user) {
	if u.waiting != nil {
		p.waiting.Remove(u.waiting)
		u.waiting = nil
	}
}

// dropOldSessions keeps forgotten sessions from piling up. It looks when there
// are twice as many as it left the last time, so that a sign-in costs the same
// however many there are. Where there are too many that live, a tenth ends: those
// that were used the longest ago. The caller holds the lock.
func (p *Portal) dropOldSessions() {
	if len(p.sessions) < min(maxSessions, max(fewSessions, 2*p.sessionsLeft)) {
		return
	}
	now := p.cfg.Now()
	maps.DeleteFunc(p.sessions, func(_ string, s *session) bool { return !now.Before(s.expires) })
	if len(p.sessions) >= maxSessions*9/10 {
		oldest := slices.SortedFunc(maps.Keys(p.sessions), func(a, b string) int { return cmp.Compare(p.sessions[a].used, p.sessions[b].used) })
		for _, digest := range oldest[:len(oldest)-maxSessions*9/10] {
			delete(p.sessions, digest)
		}
	}
	p.sessionsLeft = len(p.sessions)
}

// roomForOrder refuses an order where too many wait.
func (p *Portal) roomForOrder() error {
	pending := 0
	for _, order := range p.orders {
		if order.State == OrderPending {
			pending++
		}
	}
	if pending < maxPending {
		return nil
	}
	return refuse(CodeFull, "%d orders of prefixes wait already: let Digdir decide them first", maxPending)
}

// lastDecided drops the oldest of what was decided before, where there are too
// many.
func lastDecided[T any](all []T, before func(T) bool) []T {
	surplus := 1 - maxDecided // with the one that is decided now
	for _, one := range all {
		if before(one) {
			surplus++
		}
	}
	return slices.DeleteFunc(all, func(one T) bool {
		if surplus <= 0 || !before(one) {
			return false
		}
		surplus--
		return true
	})
}
