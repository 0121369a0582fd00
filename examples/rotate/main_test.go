package main

import (
	"strings"
	"testing"
)

func TestNoRequestIsLostWhileTheKeyIsRotated(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), &out, 0); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if !strings.Contains(out.String(), ", 0 failed") || !strings.HasSuffix(out.String(), "on the client: 2026-autumn\n") {
		t.Error(out.String())
	}
}
