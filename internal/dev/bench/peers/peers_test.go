package peers_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// cost is what a program's import brings.
type cost struct {
	modules int   // in the build list, the program's own apart
	bytes   int64 // of the program as it runs, without debug information
}

// measure builds the program in a folder beside this file.
func measure(tb testing.TB, name string) cost {
	tb.Helper()
	program := filepath.Join(tb.TempDir(), name)
	goTool(tb, name, "build", "-trimpath", "-ldflags=-s -w", "-o", program, ".") // without debug information, which isn't run
	info, err := os.Stat(program)
	if err != nil {
		tb.Fatal(err)
	}
	modules := bytes.Count(goTool(tb, name, "list", "-m", "all"), []byte("\n")) - 1
	return cost{modules, info.Size()}
}

func goTool(tb testing.TB, folder string, arguments ...string) []byte {
	tb.Helper()
	command := exec.CommandContext(tb.Context(), "go", arguments...)
	command.Dir = folder
	command.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly")
	var problems bytes.Buffer
	command.Stderr = &problems
	output, err := command.Output()
	if err != nil {
		tb.Fatalf("go %v in %s: %v: %s", arguments, folder, err, problems.Bytes())
	}
	return output
}

// Wanted: below both peers. It is not: go-github leaves signing, retries and
// tokens to others, and has a single dependency. The SDK signs grants with
// go-jose, and its four modules and their tests bring the others.
func BenchmarkImport(b *testing.B) {
	hello := measure(b, "hello")
	for _, name := range []string{"maskinporten", "godo", "github"} {
		b.Run(name, func(b *testing.B) {
			var it cost
			for b.Loop() {
				it = measure(b, name)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(it.modules), "modules")
			b.ReportMetric(float64(it.bytes-hello.bytes)/1e6, "MB-growth")
		})
	}
}

func TestImportingCostsNoMoreThanGodo(t *testing.T) {
	t.Parallel()
	ours, godo := measure(t, "maskinporten"), measure(t, "godo")
	if ours.modules > godo.modules {
		t.Errorf("%d modules, godo has %d", ours.modules, godo.modules)
	}
	if ours.bytes > godo.bytes {
		t.Errorf("%d bytes, godo has %d", ours.bytes, godo.bytes)
	}
}
