package pages

import "slices"

// environmentRoutes are the pages of one environment.
func environmentRoutes() []route { return slices.Concat(scopeRoutes(), integrationRoutes()) }
