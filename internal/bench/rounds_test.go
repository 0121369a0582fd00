package bench_test

import (
	"runtime"
	"slices"
	"testing"
	"time"
)

// leastRounds is how often floor and subject are measured at least; their
// medians are of so many.
const leastRounds = 7

// pair is what one interleaved run measured, in nanoseconds.
type pair struct{ floor, subject float64 }

func (p pair) ratio() float64 { return p.subject / p.floor }

// inTurns measures floor and subject alternately, each for a number of times
// a round, and returns the medians of one time.
func inTurns(b *testing.B, times int, floor, subject func()) pair {
	b.Helper()
	floor()
	subject()
	return alternate(b,
		func() float64 { return clocked(times, floor) },
		func() float64 { return clocked(times, subject) })
}

// alternate asks both for what they measured, and changes who is first from
// round to round. It returns the medians.
func alternate(b *testing.B, floor, subject func() float64) pair {
	b.Helper()
	var floors, subjects []float64
	round := func() {
		if len(floors)%2 == 0 {
			floors = append(floors, floor())
			subjects = append(subjects, subject())
			return
		}
		subjects = append(subjects, subject())
		floors = append(floors, floor())
	}
	for b.Loop() {
		round()
	}
	for len(floors) < leastRounds {
		round()
	}
	b.ReportMetric(0, "ns/op") // of a whole round: tells nothing
	return pair{median(floors), median(subjects)}
}

// clocked is how long one time takes. What others left for the collector is
// not part of it.
func clocked(times int, work func()) float64 {
	runtime.GC()
	started := time.Now()
	for range times {
		work()
	}
	return float64(time.Since(started).Nanoseconds()) / float64(times)
}

func median(values []float64) float64 {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

// allocated is how many bytes a function allocates, and how many times, the
// least of some runs: the runtime's own work is not counted.
func allocated(times int, work func()) (bytes, allocations float64) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	work()
	var sizes, counts []float64
	for range 5 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range times {
			work()
		}
		runtime.ReadMemStats(&after)
		sizes = append(sizes, float64(after.TotalAlloc-before.TotalAlloc)/float64(times))
		counts = append(counts, float64(after.Mallocs-before.Mallocs)/float64(times))
	}
	return slices.Min(sizes), slices.Min(counts)
}
