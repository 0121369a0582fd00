package portal

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/openapi"
)

// The table of routes is not to be seen from outside.

func TestEveryRouteIsDescribedAndNoOther(t *testing.T) {
	t.Parallel()
	described := check.Got(openapi.Operations())(t)
	var got []string
	for _, op := range described {
		path, ok := strings.CutPrefix(op.Path, "/portal")
		if !ok || strings.HasPrefix(path, "/api/environments/") { // those are self-service's
			continue
		}
		got = append(got, op.Method+" "+path)
		if len(op.Scopes) > 0 {
			t.Errorf("%s %s asks for scopes, and goes by sessions", op.Method, op.Path)
		}
	}
	slices.Sort(got)
	check.Same(t, slices.Sorted(maps.Keys((&site{}).routes())), got, "routes, -served +described")
}
