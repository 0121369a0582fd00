package main

import (
	"strings"
	"testing"
)

func TestTheExampleShowsCallsTokensAndDecisions(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"morning", "Scopes.Create", "maskinporten.verify.duration", "accepted", "maskinporten.token.served", "maskinporten.token.refusals", "MP-200"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "eyJ") {
		t.Error("a token was written")
	}
}
