package bench_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/bench/grants"
)

// heap is how many bytes are in use.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // pools give up what they held at the first
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// build builds a program of this module and returns its path.
func build(tb testing.TB, name string) string {
	tb.Helper()
	program := filepath.Join(tb.TempDir(), filepath.Base(name))
	command := exec.CommandContext(tb.Context(), "go", "build", "-trimpath", "-o", program, "github.com/maskinporten-go/maskinporten/"+name)
	if output, err := command.CombinedOutput(); err != nil {
		tb.Fatalf("%v: %s", err, output)
	}
	return program
}

const mockProgram = "cmd/maskinporten-mock"

// residentMB is how much memory a process occupies.
func residentMB(b *testing.B, process int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if err != nil {
		b.Skip("only Linux tells: ", err)
	}
	_, after, _ := bytes.Cut(status, []byte("VmRSS:"))
	var kilobytes float64
	if _, err := fmt.Sscan(string(after), &kilobytes); err != nil {
		b.Fatal(err)
	}
	return kilobytes / 1e3
}

// Wanted: 15 MB more than at the start.
func BenchmarkMemoryAfterManyTokens(b *testing.B) {
	const tokens, connections, batch = 100_000, 16, 400
	mock, err := grants.Run(b.Context(), build(b, mockProgram))
	if err != nil {
		b.Fatal(err)
	}
	defer mock.Stop()
	start, most := residentMB(b, mock.Process), 0.0
	client, crew := dial(b, mock, connections)
	defer crew.Close()
	for b.Loop() {
		made := make(chan []string, 1) // while one batch is sent, the next is signed
		go func() {
			defer close(made)
			for range tokens / batch {
				bodies, err := client.Requests(time.Now(), batch)
				if err != nil {
					b.Error(err)
					return
				}
				made <- bodies
			}
		}()
		for bodies := range made {
			if err := crew.Send(bodies); err != nil {
				b.Error(err)
			}
			most = max(most, residentMB(b, mock.Process))
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(start, "start-MB")
	b.ReportMetric(most-start, "more-MB-at-most")
	b.ReportMetric(residentMB(b, mock.Process)-start, "more-MB")
}

// dial returns the client of a program, and connections to it.
func dial(tb testing.TB, p *grants.Program, connections int) (*grants.Client, *grants.Crew) {
	tb.Helper()
	client, err := p.Client()
	if err != nil {
		tb.Fatal(err)
	}
	crew, err := grants.Dial(client.Endpoint, connections)
	if err != nil {
		tb.Fatal(err)
	}
	return client, crew
}
