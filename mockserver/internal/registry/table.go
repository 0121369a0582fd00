package registry

import (
	"cmp"
	"iter"
	"slices"
	"sort"
	"time"
)

// table holds the objects of one kind by key, in order, in groups (such as
// those of one owner), with what the token endpoint doesn't know yet about
// them. Nothing is ever removed. V is a pointer type; nil stands for none.
type table[V comparable] struct {
	slots    map[string]*slot[V]
	numbered []*slot[V] // by number
	ordered  []*slot[V]
	groups   map[string][]*slot[V]
	compare  func(a, b V) int
	past     history[string, V]
}

// slot is the place of one object, which is replaced in it.
type slot[V comparable] struct {
	value V
	// number counts slots from 0 in the order of insertion: a short name for
	// the object that never changes.
	number uint32
}

// newTable returns an empty table. Delay is how long its changes take to
// reach the token endpoint, compare its order: by fields that never change.
func newTable[V comparable](delay time.Duration, compare func(a, b V) int) table[V] {
	return table[V]{
		slots:   map[string]*slot[V]{},
		groups:  map[string][]*slot[V]{},
		compare: compare,
		past:    history[string, V]{delay: delay},
	}
}

// get returns the object as it is now.
func (t *table[V]) get(key string) (V, bool) {
	if s, ok := t.slots[key]; ok {
		return s.value, true
	}
	var none V
	return none, false
}

// known returns the object as the token endpoint knows it.
func (t *table[V]) known(key string, now time.Time) (V, bool) {
	value, _ := t.get(key)
	value = t.past.known(key, value, now)
	var none V
	return value, value != none
}

// insert adds an object that wasn't there, and puts it in the groups named;
// it stays in them. Empty and repeated group names are left out.
func (t *table[V]) insert(key string, value V, now time.Time, groups ...string) {
	s := &slot[V]{value: value, number: uint32(len(t.numbered))} //nolint:gosec // memory ends long before the numbers do
	t.slots[key] = s
	t.numbered = append(t.numbered, s)
	t.ordered = t.place(t.ordered, s)
	for i, group := range groups {
		if group != "" && !slices.Contains(groups[:i], group) {
			t.groups[group] = t.place(t.groups[group], s)
		}
	}
	var none V
	t.past.remember(key, none, now)
}

// replace puts a new version of an object that is there.
func (t *table[V]) replace(key string, value V, now time.Time) {
	s := t.slots[key]
	t.past.remember(key, s.value, now)
	s.value = value
}

// place inserts in order; at the end, nearly always.
func (t *table[V]) place(list []*slot[V], s *slot[V]) []*slot[V] {
	return insertOrdered(list, s, func(a, b *slot[V]) int { return t.compare(a.value, b.value) })
}

// all yields every object in order.
func (t *table[V]) all() iter.Seq[V] { return values(t.ordered) }

// group yields the objects of one group in order.
func (t *table[V]) group(name string) iter.Seq[V] { return values(t.groups[name]) }

func values[V comparable](list []*slot[V]) iter.Seq[V] {
	return func(yield func(V) bool) {
		for _, s := range list {
			if !yield(s.value) {
				return
			}
		}
	}
}

// insertOrdered inserts item after those that compare less or equal.
func insertOrdered[T any](list []T, item T, compare func(a, b T) int) []T {
	if n := len(list); n == 0 || compare(list[n-1], item) <= 0 {
		return append(list, item)
	}
	at := sort.Search(len(list), func(i int) bool { return compare(list[i], item) > 0 })
	return slices.Insert(list, at, item)
}

// byCreation orders by time, then by name.
func byCreation(aCreated, bCreated time.Time, aName, bName string) int {
	return cmp.Or(aCreated.Compare(bCreated), cmp.Compare(aName, bName))
}

func compareOrganizations(a, b *Organization) int { return cmp.Compare(a.OrgNo, b.OrgNo) }

func comparePrefixes(a, b *Prefix) int {
	return byCreation(a.Created, b.Created, a.Prefix, b.Prefix)
}

func compareScopes(a, b *Scope) int {
	return byCreation(a.Created, b.Created, a.Name, b.Name)
}

// compareClients leaves clients of one moment in the order of insertion: their
// ids are random, and a clock that stands still must not make inserts slow.
func compareClients(a, b *Client) int { return a.Created.Compare(b.Created) }
