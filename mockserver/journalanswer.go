package mockserver

import "net/http"

// maxKeptAnswer is more than single objects and short lists take.
const maxKeptAnswer = 16 << 10

// WithAnswers makes the journal keep answers too: [Request.Answer]. It is an
// option since it costs time and memory for each request.
func WithAnswers() Option {
	return func(o *options) error { o.answers = true; return nil }
}

// keptAnswer is an answer that remembers what was written of it.
type keptAnswer struct {
	http.ResponseWriter
	written []byte
	over    bool // it was too large, and nothing is kept
}

// Write implements [http.ResponseWriter].
func (k *keptAnswer) Write(p []byte) (int, error) {
	if k.over = k.over || len(k.written)+len(p) > maxKeptAnswer; k.over {
		k.written = nil
	} else {
		k.written = append(k.written, p...)
	}
	return k.ResponseWriter.Write(p)
}

// Unwrap lets an [http.ResponseController] find the writer below.
func (k *keptAnswer) Unwrap() http.ResponseWriter { return k.ResponseWriter }

// keepAnswer makes an answer remember what is written of it, if it is to be kept.
func (s *Server) keepAnswer(w http.ResponseWriter) (http.ResponseWriter, *keptAnswer) {
	if !s.options.answers {
		return w, nil
	}
	kept := &keptAnswer{ResponseWriter: w}
	return kept, kept
}

// bytes is what was written, unless it is too large, or an answer of the portal
// or the control API, which may be a secret as a whole.
func (k *keptAnswer) bytes(r *Request) []byte {
	if k == nil || r.Environment == "" {
		return nil
	}
	return k.written
}
