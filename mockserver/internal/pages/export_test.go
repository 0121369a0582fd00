package pages //nolint:testpackage // it shows the tests of the outside what they look through

import (
	"maps"
	"slices"
)

// Routes are the patterns of all pages and forms.
func Routes() []string {
	var patterns []string
	for _, r := range append(portalRoutes(), workbenchRoutes()...) {
		patterns = append(patterns, r.pattern)
	}
	return patterns
}

// Steerings are the names of all that the workbench can do.
func Steerings() []string { return slices.Sorted(maps.Keys(steerings())) }
