package registry

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"
)

// accessStore holds the accesses in few bytes each and without pointers,
// since there may be a million of them. [Access] is made of them when asked.
type accessStore struct {
	grants     []grant
	numbers    map[accessKey]uint32 // position in grants
	byScope    map[uint32][]uint32  // scope's slot number -> positions, in order
	byConsumer map[uint32][]uint32  // consumer -> positions, in order
	scopeName  func(number uint32) string
	past       history[uint32, grantState]
}

// grant is a stored access.
type grant struct {
	accessKey
	created, updated int64 // milliseconds since 1970
	state            grantState
}

// accessKey names an access: the number of the scope's slot, and the
// consumer's organisation number as a number.
type accessKey struct{ scope, consumer uint32 }

// grantState is the state of an access; the zero value says never given.
type grantState uint8

const (
	stateNone grantState = iota
	stateRequested
	stateApproved
	stateDenied
)

func (s grantState) String() string {
	return [...]string{"", Requested, Approved, Denied}[s]
}

// newAccessStore returns an empty store. Delay is how long its changes take to
// reach the token endpoint; scopeName tells the name of a scope by its slot's
// number.
func newAccessStore(delay time.Duration, scopeName func(number uint32) string) accessStore {
	return accessStore{
		numbers:    map[accessKey]uint32{},
		byScope:    map[uint32][]uint32{},
		byConsumer: map[uint32][]uint32{},
		scopeName:  scopeName,
		past:       history[uint32, grantState]{delay: delay},
	}
}

// find returns the access, or nil when it was never given. The pointer is
// good until the next set.
func (s *accessStore) find(key accessKey) *grant {
	if n, ok := s.numbers[key]; ok {
		return &s.grants[n]
	}
	return nil
}

// set gives an access a new state, and makes it where there is none.
func (s *accessStore) set(key accessKey, state grantState, now time.Time) {
	n, ok := s.numbers[key]
	if !ok {
		n = s.add(grant{accessKey: key, created: now.UnixMilli()})
	}
	g := &s.grants[n]
	s.past.remember(n, g.state, now)
	g.state, g.updated = state, now.UnixMilli()
}

func (s *accessStore) add(g grant) uint32 {
	n := uint32(len(s.grants)) //nolint:gosec // memory ends long before the numbers do
	s.grants = append(s.grants, g)
	s.numbers[g.accessKey] = n
	s.byScope[g.scope] = insertOrdered(s.byScope[g.scope], n, s.compare)
	s.byConsumer[g.consumer] = insertOrdered(s.byConsumer[g.consumer], n, s.compare)
	return n
}

// compare orders positions by creation, and accesses of one moment by scope
// and consumer.
func (s *accessStore) compare(a, b uint32) int {
	x, y := &s.grants[a], &s.grants[b]
	if order := cmp.Compare(x.created, y.created); order != 0 {
		return order
	}
	if x.scope != y.scope {
		return cmp.Compare(s.scopeName(x.scope), s.scopeName(y.scope))
	}
	return cmp.Compare(x.consumer, y.consumer)
}

// all returns every position, in order.
func (s *accessStore) all() []uint32 {
	return slices.SortedFunc(maps.Values(s.numbers), s.compare)
}

// known returns the state of an access as the token endpoint knows it.
func (s *accessStore) known(key accessKey, now time.Time) grantState {
	n, ok := s.numbers[key]
	if !ok {
		return stateNone
	}
	return s.past.known(n, s.grants[n].state, now)
}

// state returns the state of an access as it is now.
func (s *accessStore) state(key accessKey) grantState {
	if g := s.find(key); g != nil {
		return g.state
	}
	return stateNone
}

// packOrgNo turns a checked organisation number into a number.
func packOrgNo(orgno string) uint32 {
	n, _ := strconv.ParseUint(orgno, 10, 32)
	return uint32(n)
}

func unpackOrgNo(n uint32) string {
	var digits [9]byte
	for i := range digits {
		digits[len(digits)-1-i] = byte('0' + n%10)
		n /= 10
	}
	return string(digits[:])
}
