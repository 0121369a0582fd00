package main

import (
	"strings"
	"testing"
)

func TestTheVaultSignsOnceForAThousandTokens(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{
		"1000 times; the vault signed 1 grant(s)", "while the vault is locked: ", "the vault answered 503",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}
