package mockserver

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/restapi"
)

// WithEnvironments makes the server answer for these environments only. Calls to
// the others are answered with 404 and a message that says so, in memory too:
// code that should never call production is found out. The world stays whole: Go
// reaches all environments, and so do snapshots.
func WithEnvironments(environments ...maskinporten.Environment) Option {
	return func(o *options) error {
		if len(environments) == 0 {
			return fmt.Errorf("mockserver: WithEnvironments: name some of %s", listed(environmentNames()))
		}
		for _, env := range environments {
			if !slices.Contains(environmentNames(), string(env)) {
				return fmt.Errorf("mockserver: WithEnvironments: %.40q is none: use test, ver1, ver2 or prod", string(env))
			}
		}
		o.environments = slices.DeleteFunc(environmentNames(), func(name string) bool {
			return !slices.Contains(environments, maskinporten.Environment(name))
		})
		return nil
	}
}

// refuseUnserved answers a call to an environment that isn't served.
func (d *door) refuseUnserved(w http.ResponseWriter, e *environment) restapi.Outcome {
	return e.api.NotFound(w, d.server.unserved(e.name))
}

// serves reports whether the server answers for an environment.
func (s *Server) serves(name string) bool { return slices.Contains(s.options.environments, name) }

func (s *Server) unserved(name string) string {
	return fmt.Sprintf("The mock was told to serve %s only, and not %s", listed(s.options.environments), name)
}

// listed joins names as people do: "test, ver1 and ver2".
func listed(names []string) string {
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return strings.Join(names, "")
}
