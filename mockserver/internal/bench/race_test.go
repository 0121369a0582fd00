//go:build race

package bench_test

// raceDetector tells whether the tests run under it.
const raceDetector = true
