package restapi

import (
	"slices"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/openapi"
)

// The table of operations is not to be seen from outside.

func TestEveryOperationIsDescribedWithItsScopesAndNoOther(t *testing.T) {
	t.Parallel()
	const portal = "/portal/api/environments/{environment}/"
	described := check.Got(openapi.Operations())(t)
	got := map[string][]string{}
	for _, op := range described {
		if strings.HasPrefix(op.Path, "/api/") || strings.HasPrefix(op.Path, portal) {
			got[op.Method+" "+op.Path] = op.Scopes
		}
	}
	want := map[string][]string{}
	for _, op := range operations {
		path := "/api/v1/" + strings.Join(op.pattern, "/")
		switch {
		case op.portal:
			path = portal + strings.Join(op.pattern, "/")
		case op.pattern[0] == "api":
			path = "/" + strings.Join(op.pattern, "/")
		}
		want[op.method+" "+path] = slices.Sorted(slices.Values(op.scopes))
	}
	check.Same(t, want, got, "operations and their scopes, -served +described")
}
