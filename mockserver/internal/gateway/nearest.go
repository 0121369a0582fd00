package gateway

import (
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/faults"
)

// What makes a call different from what was asked. A segment too much, or a
// parameter that is missing, counts 1, a slip of the pen up to 0.5.
const (
	otherMethod  = 0.6
	otherSegment = 2.0
	missingName  = 1.5
	anyParameter = 0.2 // where a name could stand
	// farthest is more than two of the lesser differences.
	farthest = 1.6
)

// Nearest finds the call that is most like what was asked; "" if none
// is.
func Nearest(method, path string) string {
	asked := callSegments(path)
	nearest, least := "", farthest
	for _, operation := range Operations() {
		ofMethod, ofPath, _ := strings.Cut(operation, " ")
		distance := editDistance(asked, callSegments(ofPath), segmentDistance, missingSegment)
		if ofMethod != method {
			distance += otherMethod
		}
		if distance < least {
			nearest, least = operation, distance
		}
	}
	return nearest
}

// callSegments are those of a path below the environment, empty ones left out.
func callSegments(path string) []string {
	segments := slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" })
	if len(segments) > 1 && slices.Contains(environments, segments[0]) {
		segments = segments[1:]
	}
	return faults.WithoutVersion(segments)
}

// segmentDistance is 0 for the same, and for a slip of the pen the part of the
// letters that it concerns.
func segmentDistance(asked, known string) float64 {
	switch {
	case asked == known:
		return 0
	case faults.AnySegment(known):
		return anyParameter
	}
	changes := editDistance([]rune(asked), []rune(known), letterDistance, func(rune) float64 { return 1 })
	if part := changes / float64(max(len(asked), len(known))); part <= 0.5 {
		return part
	}
	return otherSegment
}

func missingSegment(known string) float64 {
	if faults.AnySegment(known) {
		return 1
	}
	return missingName
}

func letterDistance(asked, known rune) float64 {
	if asked == known {
		return 0
	}
	return 1
}

// editDistance is what it costs to make list b of list a: 1 for what is too much
// in a, and what replace and missing say for the rest.
func editDistance[T any](a, b []T, replace func(a, b T) float64, missing func(b T) float64) float64 {
	costs := make([]float64, len(b)+1) // of making b[:j] of a[:i]
	for j := range b {
		costs[j+1] = costs[j] + missing(b[j])
	}
	for i := range a {
		diagonal := costs[0]
		costs[0]++
		for j := range b {
			replaced := diagonal + replace(a[i], b[j])
			diagonal = costs[j+1]
			costs[j+1] = min(replaced, costs[j]+missing(b[j]), costs[j+1]+1)
		}
	}
	return costs[len(b)]
}
