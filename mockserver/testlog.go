package mockserver

import (
	"fmt"
	"io"
	"sync"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/journal"
)

// testLog is the log of a test, which must not be written to when the test is
// over.
type testLog struct {
	mu   sync.Mutex
	over bool
}

// end is called when the test is over.
func (l *testLog) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
}

// write adds a line to the test's output: without a place in the code, where the
// test can do that, since no place is the line's.
func (l *testLog) write(t TB, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	if test, ok := t.(interface{ Output() io.Writer }); ok {
		_, _ = fmt.Fprintf(test.Output(), "mockserver: "+format+"\n", args...) // it is a log
		return
	}
	t.Logf("mockserver: "+format, args...)
}

// tellAssumed shows a request in the log of the test if a strict server would
// have refused it.
func (s *Server) tellAssumed(r *journal.Request) {
	if len(r.Assumed) > 0 {
		s.log.write(s.t, "lenient: %s", requestOf(*r))
	}
}

// logRequests helps to see why a test failed.
func (s *Server) logRequests() {
	if chaos := s.engine.Settings().Chaos; chaos != nil {
		s.log.write(s.t, "chaos with seed %d", chaos.Seed)
	}
	requests := s.Requests()
	for _, r := range requests[max(0, len(requests)-20):] {
		s.log.write(s.t, "%s", r)
	}
}
