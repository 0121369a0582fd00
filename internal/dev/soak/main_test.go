package main

import (
	"strings"
	"testing"
	"time"
)

func TestMockAndModelAgreeAfterFaultsAndChaos(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), &out, 2*time.Second, 7, 8); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "compared 0 scopes") {
		t.Error("nothing was done: ", out.String())
	}
}

func TestDifferenceBetweenMockAndModelIsSeen(t *testing.T) {
	t.Parallel()
	expected, actual := newModel(), newModel()
	expected.scopes["difi:lost"] = scope{active: true}
	actual.accesses["difi:a 889640782"] = true
	expected.clients["c"] = app{id: "1", keys: map[string]bool{"k": true}}
	actual.clients["c"] = app{id: "1", keys: map[string]bool{}}
	err := expected.differences(actual)
	for _, want := range []string{"scope difi:lost", "access difi:a 889640782", "client c"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}
