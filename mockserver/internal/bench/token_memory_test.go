package bench_test

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
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

// residentMB is how much memory a process occupies.
func residentMB(b *testing.B, process int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if err != nil {
		b.Skip("only Linux tells: ", err)
	}
	_, after, _ := bytes.Cut(status, []byte("VmRSS:"))
	var kilobytes float64
	check.Got(fmt.Sscan(string(after), &kilobytes))(b)
	return kilobytes / 1e3
}

// Wanted: 15 MB more than at the start.
func BenchmarkMemoryAfterManyTokens(b *testing.B) {
	const tokens, batch = 100_000, 400
	mock := check.Got(grants.Run(b.Context(), grants.Build(b, grants.Mock)))(b)
	defer mock.Stop()
	start, most := residentMB(b, mock.Process), 0.0
	client := check.Got(mock.Client())(b)
	crew := check.Got(grants.Dial(client.Endpoint, grants.Connections))(b)
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
