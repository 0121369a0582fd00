package mockprogram

import (
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	// patience is how long a line waits to be written, once: nobody may read
	// standard error, and then the pipe is full.
	patience = 50 * time.Millisecond
	// backlog is how many lines wait at most.
	backlog = 1000
)

// dropping is a writer of log lines that never holds up whoever logs for long.
// Lines that find no room are dropped, and counted.
type dropping struct {
	lines chan line
	ended chan struct{}

	mu      sync.Mutex // guards what follows
	closed  bool
	stalled bool // a line waits for too long: the next ones don't wait
	dropped int
}

type line struct {
	text    []byte
	written chan struct{}
}

func newDropping(w io.Writer) *dropping {
	d := &dropping{lines: make(chan line, backlog), ended: make(chan struct{})}
	go d.copyTo(w)
	return d
}

func (d *dropping) copyTo(w io.Writer) {
	defer close(d.ended)
	for l := range d.lines {
		_, _ = w.Write(l.text) // there is nowhere to say so
		close(l.written)
		d.mu.Lock()
		dropped := d.dropped
		d.stalled, d.dropped = false, 0
		d.mu.Unlock()
		if dropped > 0 {
			_, _ = fmt.Fprintf(w, "{\"level\":\"WARN\",\"msg\":\"log lines were dropped, since nobody read them\",\"lines\":%d}\n", dropped) // likewise
		}
	}
}

// Write implements [io.Writer]. It always succeeds.
func (d *dropping) Write(p []byte) (int, error) {
	l := line{append([]byte(nil), p...), make(chan struct{})}
	if !d.enqueue(l) {
		return len(p), nil
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-l.written:
	case <-timer.C:
		d.mu.Lock()
		d.stalled = true
		d.mu.Unlock()
	}
	return len(p), nil
}

// enqueue reports whether the line is worth waiting for.
func (d *dropping) enqueue(l line) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	select {
	case d.lines <- l:
		return !d.stalled
	default:
		d.dropped++
		return false
	}
}

// close waits for the lines that are under way, but not for long.
func (d *dropping) close() {
	d.mu.Lock()
	d.closed = true
	close(d.lines)
	d.mu.Unlock()
	select {
	case <-d.ended:
	case <-time.After(time.Second):
	}
}
