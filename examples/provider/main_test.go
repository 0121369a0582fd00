package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheAPIAnswersEachTokenAsItDeserves(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	want := [][2]string{
		{"401", "reason=token_missing"}, {"200", "accepted=true"}, {"403", "reason=scope"}, {"200", "accepted=true"},
		{"200", "supplier=910753614"}, {"401", "reason=other_environment"}, {"401", "reason=signature"}, {"401", "reason=algorithm_none"},
		{"403", "reason=access"}, {"401", "reason=expired"},
	}
	var got [][2]string
	for i, visit := range strings.Split(out.String(), "\n\n") {
		status := regexp.MustCompile(`(?m)^\d{3}`).FindString(visit)
		if i >= len(want) || !strings.Contains(visit, want[i][1]) {
			t.Errorf("visit %d: want %v in\n%s", i, want[min(i, len(want)-1)], visit)
			continue
		}
		got = append(got, [2]string{status, want[i][1]})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("visits (-want +got):\n%s", diff)
	}
	if strings.Contains(out.String(), "eyJ") {
		t.Error("a token was printed")
	}
}
