package main

import (
	"strings"
	"testing"
)

func TestStoryLeadsFromSignUpToNotification(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{
		"has signed the terms", "is not confirmed", "followed the link", "by mail: granted", "production is closed: kari@brreg.no has no access to production",
		"by form: pending", "Digdir decides: granted", "mail to vakt@brreg.no", "nobody of 889640782 was told",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}
