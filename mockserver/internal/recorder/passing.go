package recorder

import (
	"bytes"
	"io"
	"net/http"
)

// Status remembers the status of an answer that passes by.
type Status struct {
	http.ResponseWriter
	Status int
}

// WithStatus returns an answer whose status is remembered.
func WithStatus(w http.ResponseWriter) *Status {
	return &Status{ResponseWriter: w, Status: http.StatusOK}
}

// WriteHeader implements [http.ResponseWriter].
func (s *Status) WriteHeader(status int) {
	s.Status = status
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap lets an [http.ResponseController] find the writer below.
func (s *Status) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// Read is a request's body that remembers what was read of it. Its zero value is
// that of a request without one.
type Read struct {
	io.ReadCloser
	most int
	read bytes.Buffer
}

// Keep makes a request's body remember up to so many bytes of what is read of it.
func (k *Read) Keep(r *http.Request, most int) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	k.ReadCloser, k.most = r.Body, most
	r.Body = k
}

// Read implements [io.Reader].
func (k *Read) Read(p []byte) (int, error) {
	n, err := k.ReadCloser.Read(p)
	if k.read.Len() <= k.most {
		k.read.Write(p[:n])
	}
	return n, err
}

// Bytes is what was read; nil if it was more than is remembered.
func (k *Read) Bytes() []byte {
	if k.read.Len() > k.most {
		return nil
	}
	return k.read.Bytes()
}

// Written is an answer that remembers what was written of it.
type Written struct {
	http.ResponseWriter
	most    int
	written []byte
	over    bool // it was too large, and nothing is kept
}

// KeepAnswer makes an answer remember up to so many bytes of what is written.
func KeepAnswer(w http.ResponseWriter, most int) *Written {
	return &Written{ResponseWriter: w, most: most}
}

// Write implements [http.ResponseWriter].
func (k *Written) Write(p []byte) (int, error) {
	if k.over = k.over || len(k.written)+len(p) > k.most; k.over {
		k.written = nil
	} else {
		k.written = append(k.written, p...)
	}
	return k.ResponseWriter.Write(p)
}

// Unwrap lets an [http.ResponseController] find the writer below.
func (k *Written) Unwrap() http.ResponseWriter { return k.ResponseWriter }

// Bytes is what was written; nil if it was more than is remembered.
func (k *Written) Bytes() []byte {
	if k == nil {
		return nil
	}
	return k.written
}
