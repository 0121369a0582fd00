package pages //nolint:testpackage // it shows the tests of the outside what they look through

import "slices"

// Routes are the patterns of all pages and forms.
func Routes() []string {
	var patterns []string
	for _, r := range slices.Concat(openRoutes(), signedInRoutes(), organizationRoutes(), peopleRoutes(), environmentRoutes(), workbenchRoutes()) {
		patterns = append(patterns, r.pattern)
	}
	return patterns
}
