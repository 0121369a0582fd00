package main

import (
	"strings"
	"testing"
)

func TestAPITakesTheTokenAndNothingElse(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"we may use difi:weather.read", "key weather-reader-1 expires in 364 days", "without a token: 401", "with a token: 200 OK rain, says the API to 889640782"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}
