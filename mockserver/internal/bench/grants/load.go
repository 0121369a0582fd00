package grants

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/rounds"
)

// Connections is over how many a program is asked at the same time.
const Connections = 16

// Load is a program with one core that is asked for tokens.
type Load struct {
	b        *testing.B
	process  int
	crew     *Crew
	requests func(tokens int) ([]string, error)
	spent    []float64 // processor time for a token, by round
}

// OverHTTP runs a program that takes JWT grants.
func OverHTTP(b *testing.B, program string, arguments ...string) *Load {
	b.Helper()
	running, err := RunOnOneCore(b.Context(), program, arguments...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(running.Stop)
	client, err := running.Client()
	if err != nil {
		b.Fatal(err)
	}
	return NewLoad(b, running, client.Endpoint, func(tokens int) ([]string, error) { return client.Requests(time.Now(), tokens) })
}

// NewLoad is OverHTTP for a program that runs, and requests of any kind.
func NewLoad(b *testing.B, p *Program, endpoint string, requests func(tokens int) ([]string, error)) *Load {
	b.Helper()
	crew, err := Dial(endpoint, Connections)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(crew.Close)
	return &Load{b: b, process: p.Process, crew: crew, requests: requests}
}

// Round measures how many nanoseconds a token takes.
func (l *Load) Round() float64 {
	const tokens = 3 * Connections
	bodies, err := l.requests(tokens)
	if err != nil {
		l.b.Fatal(err)
	}
	before := processorTime(l.process)
	took := rounds.Clocked(1, func() {
		if err := l.crew.Send(bodies); err != nil {
			l.b.Fatal(err)
		}
	})
	l.spent = append(l.spent, (processorTime(l.process)-before)/tokens)
	return took / tokens
}

// Spent is the median of the processor time that a token took, in nanoseconds:
// on a core that nothing else uses, that is how long it takes. It is 0 where the
// system doesn't tell.
func (l *Load) Spent() float64 { return rounds.Median(l.spent) }

// processorTime is what all threads of a process have used, in nanoseconds.
func processorTime(process int) (total float64) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", process))
	if err != nil { // the pattern is fine
		return 0
	}
	for _, thread := range threads {
		var used float64
		if text, err := os.ReadFile(thread); err == nil { //nolint:gosec // one of the system's
			_, _ = fmt.Sscan(string(text), &used) // 0 if it isn't there
		}
		total += used
	}
	return total
}
