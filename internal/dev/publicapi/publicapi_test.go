package publicapi_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/internal/dev/publicapi"
)

var update = flag.Bool("update", false, "write the lists anew, after a change that is meant")

// The packages that users import. Each has a list of what it exports in
// testdata, which changes only on purpose:
//
//	go test ./internal/dev/publicapi -update
func TestThePublicFaceChangesOnlyOnPurpose(t *testing.T) {
	t.Parallel()
	for name, folder := range map[string]string{
		"maskinporten": ".",
		"verify":       "verify",
		"mockserver":   "mockserver",
		"desired":      "desired",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := publicapi.Of(filepath.Join("..", "..", "..", folder))
			if err != nil {
				t.Fatal(err)
			}
			list := filepath.Join("testdata", name+".txt")
			if *update {
				if err := os.WriteFile(list, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(list)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("what %s exports has changed (-listed +found); if that is meant: go test ./internal/dev/publicapi -update\n%s", name, diff)
			}
		})
	}
}
