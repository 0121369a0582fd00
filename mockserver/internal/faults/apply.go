package faults

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/recorder"
)

// Apply lets a fault happen to a request that serve would answer. Where the
// fault answers in its place it returns the status, and where nobody does, why;
// else nothing.
func (f *Faults) Apply(fault *Fault, w http.ResponseWriter, r *http.Request, serve func(http.ResponseWriter)) (status int, refusal string) {
	if fault.Delay > 0 && !recorder.Pause(r, time.Duration(fault.Delay)) {
		return 0, "the caller gave up"
	}
	switch {
	case fault.Reset == resetBefore:
		panic(http.ErrAbortHandler) //nolint:forbidigo // how net/http is told to break a connection
	case fault.Reset == resetAfter:
		serve(recorder.New())
		panic(http.ErrAbortHandler) //nolint:forbidigo // as above
	case fault.Status != 0:
		fault.answer(w)
		return fault.Status, ""
	case fault.Stale && r.Method == http.MethodGet:
		return f.stale(w, r, serve), ""
	case fault.Truncate:
		recorder.Record(serve).ReplayHalf(w)
		panic(http.ErrAbortHandler) //nolint:forbidigo // as above
	case fault.SlowBody > 0:
		recorder.Record(serve).ReplaySlowly(w, r, time.Duration(fault.SlowBody))
	default:
		serve(w)
	}
	return 0, ""
}

// PassThrough lets a request through that no fault met, and remembers its answer
// when a later one may have to be stale.
func (f *Faults) PassThrough(w http.ResponseWriter, r *http.Request, serve func(http.ResponseWriter)) {
	if r.Method != http.MethodGet || !f.mayBeStale() {
		serve(w)
		return
	}
	answer := recorder.Record(serve)
	f.remember(r, answer)
	answer.Replay(w)
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

// mayBeStale reports whether answers to GET must be remembered.
func (f *Faults) mayBeStale() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.rules, func(r *rule) bool { return r.Stale })
}

// stale answers as the last time, and the first time as it is.
func (f *Faults) stale(w http.ResponseWriter, r *http.Request, serve func(http.ResponseWriter)) (status int) {
	f.mu.Lock()
	answer := f.last[staleKey(r)]
	f.mu.Unlock()
	if answer == nil {
		answer = recorder.Record(serve)
		f.remember(r, answer)
	}
	answer.Replay(w)
	return answer.Status
}

// maxStale is how many answers are remembered at most.
const maxStale = 1000

func (f *Faults) remember(r *http.Request, answer *recorder.Answer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.last == nil {
		f.last = map[string]*recorder.Answer{}
	}
	if len(f.last) >= maxStale {
		clear(f.last) // then they are fresh once more
	}
	f.last[staleKey(r)] = answer
}

func staleKey(r *http.Request) string { return r.Header.Get("Authorization") + " " + r.URL.String() }
