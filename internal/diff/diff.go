// Package diff compares what is wanted with what there is.
package diff

import (
	"cmp"
	"slices"
)

// Lists tells what must be added to, what removed from, and what kept of the
// things that there are, so that they become those wanted; each in rising
// order. Things named twice count once.
type Lists[K cmp.Ordered] struct{ Add, Remove, Keep []K }

// Sets compares the wanted things with those that there are.
func Sets[K cmp.Ordered, V any](wanted []K, there map[K]V) Lists[K] {
	var lists Lists[K]
	named := make(map[K]struct{}, len(wanted))
	for _, key := range wanted {
		if _, again := named[key]; again {
			continue
		}
		named[key] = struct{}{}
		if _, is := there[key]; is {
			lists.Keep = append(lists.Keep, key)
		} else {
			lists.Add = append(lists.Add, key)
		}
	}
	for key := range there {
		if _, want := named[key]; !want {
			lists.Remove = append(lists.Remove, key)
		}
	}
	slices.Sort(lists.Add)
	slices.Sort(lists.Remove)
	slices.Sort(lists.Keep)
	return lists
}
