package main

import (
	"strings"
	"testing"
)

func TestInstancesThatShareACacheAskOnce(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{
		"without a shared cache: 40 instances, 40 token requests", "with one: 40 instances, 1 token requests", "can't be seen: true",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}
