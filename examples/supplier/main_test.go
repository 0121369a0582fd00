package main

import (
	"strings"
	"testing"
)

func TestSupplierActsForConsumerAfterDelegation(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"refused: MP-251", `"ID": "0192:889640782"`, `"supplier": {`, `"delegation_source": "https://tt02.altinn.no/"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}
