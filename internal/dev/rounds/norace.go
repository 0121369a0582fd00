//go:build !race

package rounds

// RaceDetector tells whether tests run under it: then what is allocated tells nothing.
const RaceDetector = false
