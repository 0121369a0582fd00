package main

import (
	"strings"
	"testing"
)

func TestACertificateIsEnoughWhileItIsGood(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{
		"valid.p12: a token that lives 120 s", "expired.p12: ", "production.p12: ", "MP-120", "with a wrong password: ",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}
