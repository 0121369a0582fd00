package mockserver_test

import (
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func TestOrganisationNumbersAreValidAndDifferent(t *testing.T) {
	t.Parallel()
	seen := map[maskinporten.OrgNo]bool{}
	for n := range 20_000 {
		o := mockserver.SampleOrgNo(n)
		if err := o.Check(); err != nil || seen[o] {
			t.Fatalf("number %d: %s (%v), seen: %t", n, o, err, seen[o])
		}
		seen[o] = true
	}
	if mockserver.SampleOrgNo(-1) != mockserver.SampleOrgNo(999_999) {
		t.Error("not the same each time")
	}
}
