// Package recorder keeps answers until they were looked at, or sends them in
// another way, and keeps the beginning of bodies that are read.
package recorder

import (
	"bytes"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// Answer collects what a handler answers. It is an [http.ResponseWriter]; make
// one with [New].
type Answer struct {
	// Status is 0 until something was written.
	Status int
	// Sent is the header as it was when the status was written.
	Sent http.Header
	Body bytes.Buffer

	header http.Header
}

// New returns an answer in which nothing was written yet.
func New() *Answer { return &Answer{header: http.Header{}} }

// Record returns what serve answers.
func Record(serve func(http.ResponseWriter)) *Answer {
	answer := New()
	serve(answer)
	return answer
}

// Header implements [http.ResponseWriter].
func (a *Answer) Header() http.Header { return a.header }

// WriteHeader implements [http.ResponseWriter].
func (a *Answer) WriteHeader(status int) {
	if a.Status == 0 {
		a.Status, a.Sent = status, a.header.Clone()
	}
}

// Write implements [http.ResponseWriter].
func (a *Answer) Write(data []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.Body.Write(data)
}

// Replay sends the whole answer.
func (a *Answer) Replay(w http.ResponseWriter) {
	a.begin(w)
	_, _ = w.Write(a.Body.Bytes()) // a client that has gone away wants no answer
}

// ReplayHalf announces the whole answer, and sends half of it.
func (a *Answer) ReplayHalf(w http.ResponseWriter) {
	a.begin(w)
	_, _ = w.Write(a.Body.Bytes()[:a.Body.Len()/2]) // a client that has gone away wants no answer
	flush(w)
}

// ReplaySlowly sends the answer in four pieces with a pause between them, until
// the caller of the request has gone.
func (a *Answer) ReplaySlowly(w http.ResponseWriter, r *http.Request, between time.Duration) {
	a.begin(w)
	for body := a.Body.Bytes(); len(body) > 0; {
		piece := min(len(body), a.Body.Len()/4+1)
		_, _ = w.Write(body[:piece]) // a client that has gone away wants no answer
		flush(w)
		if body = body[piece:]; !Pause(r, between) {
			return
		}
	}
}

func (a *Answer) begin(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.Sent)
	if length := a.Body.Len(); length > 0 {
		w.Header().Set("Content-Length", strconv.Itoa(length))
	}
	w.WriteHeader(a.Status)
}

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() } // in memory there is nothing to flush

// Pause waits by the real clock, or a bubble's. It reports whether the caller of
// the request is still there.
func Pause(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}
