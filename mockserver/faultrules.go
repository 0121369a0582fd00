package mockserver

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/restapi"
)

// faults are the rules in force.
type faults struct {
	served []string // environments

	mu     sync.Mutex
	random *rand.Rand
	rules  []*faultRule
	added  int                      // ever
	last   map[string]*memoryAnswer // answers to GET, for Stale
}

type faultRule struct {
	Fault
	id         int
	seen, hits int
}

func newFaults(seed uint64, served []string) *faults {
	return &faults{served: served, random: rand.New(rand.NewPCG(seed, seed)), last: map[string]*memoryAnswer{}} //nolint:gosec // reproducible on purpose
}

// over reports whether the fault can't come any more.
func (r *faultRule) over() bool { return r.Times > 0 && r.hits >= r.Times }

// maxFaults is how many are kept before those go that are over.
const maxFaults = 1000

func (f *faults) add(fault Fault) (*FaultHandle, error) {
	if err := fault.check(); err != nil {
		return nil, err
	}
	if fault.Environment != "" && !slices.Contains(f.served, string(fault.Environment)) {
		return nil, fmt.Errorf("environment: %.40q isn't served here; these are: %s", fault.Environment, listed(f.served))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.added++; len(f.rules) >= maxFaults {
		f.drop((*faultRule).over)
	}
	rule := &faultRule{Fault: fault, id: f.added}
	f.rules = append(f.rules, rule)
	return &FaultHandle{faults: f, rule: rule}, nil
}

// listedFault is a rule with what it did.
type listedFault struct {
	Fault
	ID   int `json:"id"`
	Hits int `json:"hits"`
}

func (f *faults) list() []listedFault {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := []listedFault{}
	for _, rule := range f.rules {
		list = append(list, listedFault{rule.Fault, rule.id, rule.hits})
	}
	return list
}

// remove ends the fault of this number, and reports whether there was one.
func (f *faults) remove(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := len(f.rules)
	f.drop(func(r *faultRule) bool { return strconv.Itoa(r.id) == id })
	return len(f.rules) < before
}

// drop ends faults, and forgets the answers that nobody needs any more. The
// caller holds the lock.
func (f *faults) drop(which func(*faultRule) bool) {
	f.rules = slices.DeleteFunc(f.rules, which)
	if !slices.ContainsFunc(f.rules, func(r *faultRule) bool { return r.Stale }) {
		clear(f.last)
	}
}

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = nil
	clear(f.last)
}

// any reports whether there are rules that aren't over: usually there are none,
// and requests need not be looked at.
func (f *faults) any() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.rules, func(r *faultRule) bool { return !r.over() })
}

// pick returns the fault that meets a request, or nil.
func (f *faults) pick(a *attempt) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, rule := range f.rules {
		if rule.over() || !rule.matches(a) {
			continue
		}
		if rule.seen++; rule.seen <= rule.After {
			continue
		}
		if rule.Probability > 0 && f.random.Float64() >= rule.Probability {
			continue
		}
		rule.hits++
		fault := rule.Fault
		return &fault
	}
	return nil
}

// mayBeStale reports whether answers to GET must be remembered.
func (f *faults) mayBeStale() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.rules, func(r *faultRule) bool { return r.Stale })
}

// suffer lets a fault happen to a request that serve would answer.
func (f *faults) suffer(fault *Fault, w http.ResponseWriter, r *http.Request, serve answering) restapi.Outcome {
	if fault.Delay > 0 && !pause(r, time.Duration(fault.Delay)) {
		return restapi.Outcome{Refusal: "the caller gave up"}
	}
	var outcome restapi.Outcome
	switch {
	case fault.Reset == ResetBefore:
		panic(http.ErrAbortHandler) //nolint:forbidigo // how net/http is told to break a connection
	case fault.Reset == ResetAfter:
		serve(newMemoryAnswer())
		panic(http.ErrAbortHandler) //nolint:forbidigo // as above
	case fault.Status != 0:
		fault.answer(w)
		return restapi.Outcome{Status: fault.Status}
	case fault.Stale && r.Method == http.MethodGet:
		return f.stale(w, r, serve)
	case fault.Truncate:
		answer, _ := record(serve)
		writeRecorded(w, answer, answer.body.Len()/2, 0, r)
		panic(http.ErrAbortHandler) //nolint:forbidigo // as above
	case fault.SlowBody > 0:
		var answer *memoryAnswer
		answer, outcome = record(serve)
		writeRecorded(w, answer, answer.body.Len(), time.Duration(fault.SlowBody), r)
		return outcome
	}
	return serve(w)
}

// answering answers a request.
type answering func(http.ResponseWriter) restapi.Outcome

// unharmed lets a request through, and remembers its answer when a later one
// may have to be stale.
func (f *faults) unharmed(w http.ResponseWriter, r *http.Request, serve answering) restapi.Outcome {
	if r.Method != http.MethodGet || !f.mayBeStale() {
		return serve(w)
	}
	answer, outcome := record(serve)
	f.remember(r, answer)
	writeRecorded(w, answer, answer.body.Len(), 0, r)
	return outcome
}

// answer writes what the fault says.
func (f Fault) answer(w http.ResponseWriter) {
	if f.ContentType != "" {
		w.Header().Set("Content-Type", f.ContentType)
	}
	if f.RetryAfter > 0 {
		seconds := (time.Duration(f.RetryAfter) + time.Second - 1) / time.Second
		w.Header().Set("Retry-After", strconv.FormatInt(int64(seconds), 10))
	}
	w.WriteHeader(f.Status)
	_, _ = w.Write([]byte(f.Body)) // a client that has gone away wants no answer
}

// stale answers as the last time, and the first time as it is.
func (f *faults) stale(w http.ResponseWriter, r *http.Request, serve answering) restapi.Outcome {
	f.mu.Lock()
	answer := f.last[staleKey(r)]
	f.mu.Unlock()
	outcome := restapi.Outcome{}
	if answer == nil {
		answer, outcome = record(serve)
		f.remember(r, answer)
	}
	outcome.Status = answer.status
	writeRecorded(w, answer, answer.body.Len(), 0, r)
	return outcome
}

// maxStale is how many answers are remembered at most.
const maxStale = 1000

func (f *faults) remember(r *http.Request, answer *memoryAnswer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.last) >= maxStale {
		clear(f.last) // then they are fresh once more
	}
	f.last[staleKey(r)] = answer
}

func staleKey(r *http.Request) string { return r.Header.Get("Authorization") + " " + r.URL.String() }

func record(serve answering) (*memoryAnswer, restapi.Outcome) {
	recorder := newMemoryAnswer()
	outcome := serve(recorder)
	return recorder, outcome
}

// writeRecorded announces the whole answer and writes so many bytes of it, in
// pieces when there is a pause.
func writeRecorded(w http.ResponseWriter, answer *memoryAnswer, bytes int, between time.Duration, r *http.Request) {
	maps.Copy(w.Header(), answer.sent)
	body := answer.body.Bytes()
	if len(body) > 0 {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(answer.status)
	pieces := 1
	if between > 0 {
		pieces = 4
	}
	for piece := range slices.Chunk(body[:bytes], max(1, (bytes+pieces-1)/pieces)) {
		_, _ = w.Write(piece)                     // a client that has gone away wants no answer
		_ = http.NewResponseController(w).Flush() // in memory there is nothing to flush
		if between > 0 && !pause(r, between) {
			return
		}
	}
}

// pause waits by the real clock, or the bubble's. It reports whether the caller
// is still there.
func pause(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}
