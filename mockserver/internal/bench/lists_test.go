package bench_test

import (
	"runtime"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/rounds"
)

const listed = 10_000

// Limits: 0.6 of encoding structures on each read, 1.3 KB for each client.
func BenchmarkListOfClients(b *testing.B) {
	w, perClient := newWorld(b, listed)
	w.withReference(listed)
	took := rounds.InTurns(b, 1, w.calls(b, w.reference).list, w.calls(b, w.handler).list)
	b.ReportMetric(took.Ratio(), "×encoding")
	b.ReportMetric(took.Floor/1e6, "encoding-ms")
	b.ReportMetric(took.Subject/1e6, "ms")
	b.ReportMetric(perClient, "B/client")
}

// A client's entry in the audit log is part of it.
func TestAClientTakesAtMost1300Bytes(t *testing.T) { //nolint:paralleltest // others' memory would count
	if rounds.RaceDetector {
		t.Skip("the race detector takes memory of its own")
	}
	w, perClient := newWorld(t, listed)
	if perClient > 1300 {
		t.Errorf("%d clients take %.0f bytes each", listed, perClient)
	}
	runtime.KeepAlive(w)
}

func liveHeap() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
