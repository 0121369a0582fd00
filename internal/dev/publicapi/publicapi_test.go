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

// packages are those that users import, by what their lists are called.
var packages = map[string]string{
	"maskinporten":     ".",
	"verify":           "verify",
	"mockserver":       "mockserver",
	"expect":           "mockserver/expect",
	"desired":          "desired",
	"rediscache":       "rediscache",
	"maskinportenotel": "maskinportenotel",
}

// Each package has a list of what it exports in testdata, which changes only on
// purpose:
//
//	go test ./internal/dev/publicapi -update
func TestThePublicFaceChangesOnlyOnPurpose(t *testing.T) {
	t.Parallel()
	for name, folder := range packages {
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

func TestEveryExportedNameIsDocumented(t *testing.T) {
	t.Parallel()
	for name, folder := range packages {
		undocumented, err := publicapi.Undocumented(filepath.Join("..", "..", "..", folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range undocumented {
			t.Errorf("%s: nothing is said about %s", name, one)
		}
	}
}

func TestNoExportedTypeHidesItsFieldsBehindAnotherName(t *testing.T) {
	t.Parallel()
	for name, folder := range packages {
		aliases, err := publicapi.Aliases(filepath.Join("..", "..", "..", folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range aliases {
			t.Errorf("%s.%s is another type's name: its documentation shows nothing", name, one)
		}
	}
}

func TestWhatIsMissingIsFound(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	code := "package p\n\nconst Bare = 1\n\ntype T struct{ F int }\n\nfunc (T) M() {}\n\n// F is said.\nfunc F() {}\n\nfunc g() {}\n\n// A is.\ntype A = T\n"
	if err := os.WriteFile(filepath.Join(folder, "p.go"), []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	undocumented, err := publicapi.Undocumented(folder)
	if diff := cmp.Diff([]string{"Package", "Bare", "T", "T.M"}, undocumented); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	aliases, err := publicapi.Aliases(folder)
	if diff := cmp.Diff([]string{"A"}, aliases); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}
