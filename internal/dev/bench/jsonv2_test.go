package bench_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/rounds"
)

// Limit: lists are 1.6 times as fast with GOEXPERIMENT=jsonv2, since nothing
// decoded by hand is in the way. The benchmark of lists is built both ways,
// and both run in turns.
func BenchmarkListOfClientsWithJSONv2(b *testing.B) {
	first, second := builtWith(b, "nojsonv2"), builtWith(b, "jsonv2")
	took := rounds.Alternate(b,
		func() float64 { return listMilliseconds(b, first) },
		func() float64 { return listMilliseconds(b, second) })
	b.ReportMetric(1/took.Ratio(), "×faster")
	b.ReportMetric(took.Floor, "v1-ms")
	b.ReportMetric(took.Subject, "v2-ms")
}

// builtWith builds these tests with an experiment of Go's.
func builtWith(b *testing.B, experiment string) (program string) {
	b.Helper()
	program = filepath.Join(b.TempDir(), experiment)
	build := exec.CommandContext(b.Context(), "go", "test", "-c", "-o", program, ".")
	build.Env = append(os.Environ(), "GOEXPERIMENT="+experiment)
	if output, err := build.CombinedOutput(); err != nil {
		b.Skipf("GOEXPERIMENT=%s: %v: %s", experiment, err, output)
	}
	return program
}

// milliseconds is the time that a benchmark reports of the SDK.
var milliseconds = regexp.MustCompile(`\s([\d.]+) ms\b`)

func listMilliseconds(b *testing.B, program string) float64 {
	b.Helper()
	run := exec.CommandContext(b.Context(), program, "-test.run=^$", "-test.bench=^BenchmarkListOfClientsAsSlice$", "-test.benchtime=1x")
	output, err := run.Output()
	found := milliseconds.FindSubmatch(output)
	if err != nil || found == nil {
		b.Fatalf("%v: %s", err, bytes.TrimSpace(output))
	}
	value, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		b.Fatal(err)
	}
	return value
}
