package main

import (
	"strings"
	"testing"
)

func TestTheRelayHasATokenOfItsOwnAndChecksThoseOfOthers(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{
		"who has access: 200 for 889640782: rain, as 974760673 asked; tomorrow the same", "who has only the weather: 403 ",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}
