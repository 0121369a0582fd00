package errorspage_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/dev/errorspage"
)

var update = flag.Bool("update", false, "write docs/errors.md anew")

func TestThePageOfErrorsIsWhatTheCodeSays(t *testing.T) {
	t.Parallel()
	const file = "../../../../docs/errors.md"
	page := check.Got(errorspage.Page())(t)
	if *update {
		check.OK(t, os.WriteFile(file, []byte(page), 0o600))
	}
	have := check.Got(os.ReadFile(file))(t)
	check.Same(t, string(have), page, "docs/errors.md is old; go test ./mockserver/internal/dev/errorspage -update writes it (-page +code)")
}

func TestEachRefusalOfThePageHasARemedy(t *testing.T) {
	t.Parallel()
	page := check.Got(errorspage.Page())(t)
	_, table, _ := strings.Cut(page, "## The token endpoint")
	table, _, _ = strings.Cut(table, "## Self-service")
	rows := 0
	for row := range strings.Lines(table) {
		cells := strings.Split(row, " | ")
		if len(cells) != 6 || strings.HasPrefix(row, "| code") {
			continue
		}
		rows++
		for i, cell := range cells[:5] {
			if strings.TrimSpace(cell) == "" {
				t.Errorf("cell %d is empty: %s", i+1, row)
			}
		}
	}
	if rows < 25 {
		t.Errorf("%d refusals", rows)
	}
}
