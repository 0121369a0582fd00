// Package rounds measures a subject and a floor, or several, in turns, within
// one run, so that a busy machine slows all and their ratios stay true.
package rounds

import (
	"runtime"
	"slices"
	"testing"
	"time"
)

// least is how often floor and subject are measured at least; their medians
// are of so many.
const least = 7

// Pair is what one interleaved run measured: the medians.
type Pair struct{ Floor, Subject float64 }

// Ratio is how many times the floor the subject takes.
func (p Pair) Ratio() float64 { return p.Subject / p.Floor }

// InTurns measures floor and subject alternately, each for a number of times
// a round, and returns the medians of one time, in nanoseconds.
func InTurns(b *testing.B, times int, floor, subject func()) Pair {
	b.Helper()
	floor()
	subject()
	return Alternate(b,
		func() float64 { return Clocked(times, floor) },
		func() float64 { return Clocked(times, subject) })
}

// Alternate asks both for what they measured, and changes who is first from
// round to round. It returns the medians.
func Alternate(b *testing.B, floor, subject func() float64) Pair {
	b.Helper()
	medians := Rotate(b, floor, subject)
	return Pair{medians[0], medians[1]}
}

// Rotate asks all for what they measured, beginning with another one in each
// round. It returns the medians, in the order of the arguments.
func Rotate(b *testing.B, all ...func() float64) []float64 {
	b.Helper()
	values := make([][]float64, len(all))
	round := func(number int) {
		for i := range all {
			turn := (number + i) % len(all)
			values[turn] = append(values[turn], all[turn]())
		}
	}
	for b.Loop() {
		round(len(values[0]))
	}
	for len(values[0]) < least {
		round(len(values[0]))
	}
	b.ReportMetric(0, "ns/op") // of a whole round: tells nothing
	medians := make([]float64, len(all))
	for i := range medians {
		medians[i] = Median(values[i])
	}
	return medians
}

// Clocked is how many nanoseconds one time takes. What others left for the
// collector is not part of it.
func Clocked(times int, work func()) float64 {
	runtime.GC()
	started := time.Now()
	for range times {
		work()
	}
	return float64(time.Since(started).Nanoseconds()) / float64(times)
}

// Median is not moved by what else the machine does.
func Median(values []float64) float64 {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

// Allocated is how many bytes a function allocates, and how many times, the
// least of some runs: the runtime's own work is not counted.
func Allocated(times int, work func()) (bytes, allocations float64) {
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
