// Package journal remembers what was asked of the mock, and why it was refused,
// and who changed what. It holds no token, no signature and no secret.
package journal

import (
	"net/http"
	"slices"
	"sync"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/recorder"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/ring"
)

// Config says how much is remembered.
type Config struct {
	Requests, Changes int // so many of the last
	Answers           bool
}

// Journal remembers the last requests and changes. It may be used from many
// goroutines.
type Journal struct {
	keepsAnswers bool

	mu       sync.Mutex // guards what follows
	answered int
	noted    int // requests, so far, those that are forgotten too
	requests ring.Ring[entry]
	changes  ring.Ring[Change]
}

// New returns an empty journal.
func New(config Config) *Journal {
	return &Journal{keepsAnswers: config.Answers, requests: ring.New[entry](config.Requests), changes: ring.New[Change](config.Changes)}
}

// entry is a request with its body as it came, save what is secret. It is
// decoded when somebody asks for the request: as each one is answered it would
// cost as much as making a client.
type entry struct {
	*Request
	body, answer []byte
}

// requested is the request to be shown.
func (e entry) requested() Request {
	r := *e.Request
	r.Grant, r.Body = e.Grant.clone(), withoutSecrets(e.body)
	r.Answer = withoutSecrets(e.answer)
	r.Assumed = slices.Clone(e.Assumed)
	return r
}

const (
	// maxBody is more than any honest body holds. The journal keeps none that is
	// larger, since it keeps many.
	maxBody = 32 << 10
	// maxAnswer is more than single objects and short lists take.
	maxAnswer = 16 << 10
)

// Open is a request that is being answered.
type Open struct {
	*Request
	journal *Journal
	body    recorder.Read
	answer  *recorder.Written // nil: isn't kept
}

// Open makes a request and its answer remember what passes. The answer is to be
// written to the writer that it returns.
func (j *Journal) Open(request *Request, w http.ResponseWriter, r *http.Request) (*Open, http.ResponseWriter) {
	o := &Open{Request: request, journal: j}
	o.body.Keep(r, maxBody)
	if j.keepsAnswers {
		o.answer = recorder.KeepAnswer(w, maxAnswer)
		w = o.answer
	}
	return o, w
}

// Close remembers the request, now that it is answered.
func (o *Open) Close() {
	e := entry{Request: o.Request}
	if o.Grant == nil { // which says more than the body
		e.body = storable(o.body.Bytes())
	}
	if o.Environment != "" { // answers of the portal and of the control API may be a secret as a whole
		e.answer = storable(o.answer.Bytes())
	}
	o.journal.mu.Lock()
	defer o.journal.mu.Unlock()
	if !o.Steers() {
		o.journal.answered++
	}
	o.journal.add(e)
}

// Stray remembers a request that was not answered, since it was to go elsewhere.
func (j *Journal) Stray(r *Request, why error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r.Refusal, r.Unexpected = why.Error(), true
	j.add(entry{Request: r})
}

// add remembers a request. The caller holds the lock.
func (j *Journal) add(e entry) {
	j.requests.Add(e)
	j.noted++
}

// Requests are those that are remembered, oldest first.
func (j *Journal) Requests() []Request {
	j.mu.Lock()
	entries := j.requests.All()
	j.mu.Unlock()
	requests := make([]Request, len(entries))
	for i, e := range entries {
		requests[i] = e.requested()
	}
	return requests
}

// Noted is a request with its number: they are counted from 1.
type Noted struct {
	*Request
	Number int
}

// Page is a part of the requests that keep picks, the newest first, and how many
// there are. What isn't shown isn't decoded: keep sees neither body nor answer.
func (j *Journal) Page(offset, limit int, keep func(Noted) bool) (part []Noted, total int) {
	j.mu.Lock()
	entries, noted := j.requests.All(), j.noted
	j.mu.Unlock()
	for i, e := range slices.Backward(entries) {
		one := Noted{e.Request, noted - len(entries) + i + 1}
		if !keep(one) {
			continue
		}
		if total >= offset && len(part) < limit {
			r := e.requested()
			part = append(part, Noted{&r, one.Number})
		}
		total++
	}
	return part, total
}

// Answered is how many requests were answered since the last Clear, those of the
// control API aside.
func (j *Journal) Answered() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.answered
}

// Clear forgets everything.
func (j *Journal) Clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.requests.Clear()
	j.changes.Clear()
	j.answered = 0
}
