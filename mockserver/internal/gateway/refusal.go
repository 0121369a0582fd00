package gateway

import (
	"net/http"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/recorder"
)

// RefusalHeader says why a request was refused, in the words of the journal. The
// real service has no such header.
const RefusalHeader = "Mock-Refusal"

// refusal holds an answer back that refuses; any other passes.
type refusal struct {
	http.ResponseWriter
	held *recorder.Answer // nil: it passes
}

// WriteHeader implements [http.ResponseWriter].
func (r *refusal) WriteHeader(status int) {
	switch {
	case r.held != nil:
	case status >= http.StatusBadRequest:
		r.held = recorder.New()
		r.held.WriteHeader(status)
	default:
		r.ResponseWriter.WriteHeader(status)
	}
}

// Write implements [http.ResponseWriter].
func (r *refusal) Write(p []byte) (int, error) {
	if r.held != nil {
		return r.held.Write(p)
	}
	return r.ResponseWriter.Write(p)
}

// Unwrap lets an [http.ResponseController] find the writer below.
func (r *refusal) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *refusal) release(reason string) {
	if r.held == nil {
		return
	}
	if reason != "" {
		r.Header().Set(RefusalHeader, headerText(reason))
	}
	r.ResponseWriter.WriteHeader(r.held.Status)
	_, _ = r.ResponseWriter.Write(r.held.Body.Bytes()) // a client that has gone away wants no answer
}

// headerText is a text as a header can carry it: what isn't printable ASCII is
// percent-encoded.
func headerText(text string) string {
	const most, hex = 1000, "0123456789ABCDEF"
	var b strings.Builder
	for i := range min(len(text), most) {
		switch c := text[i]; {
		case c < ' ' || c > '~' || c == '%':
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
