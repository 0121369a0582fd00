package gateway

import (
	"io"
	"net/http"
	"time"
)

// bodyTimeout is how long the body of a request may take to come.
const bodyTimeout = time.Minute

// limitPatience makes reading a request's body fail when it takes too long. A
// timeout of the whole server would end slow answers too, such as those of a
// fault with a long delay.
func limitPatience(w http.ResponseWriter, r *http.Request) {
	if r.Body == nil || r.ContentLength == 0 || r.Context().Value(http.ServerContextKey) == nil {
		return // there is none; or it is here, in memory
	}
	body := &timedBody{r.Body, w}
	if body.readUntil(time.Now().Add(bodyTimeout)) == nil {
		r.Body = body
	}
}

// timedBody takes the deadline off the connection when it has come whole.
type timedBody struct {
	io.ReadCloser
	answer http.ResponseWriter // which has the connection
}

func (b *timedBody) readUntil(deadline time.Time) error {
	return http.NewResponseController(b.answer).SetReadDeadline(deadline)
}

// Read implements [io.Reader].
func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF { //nolint:errorlint // as readers return it
		_ = b.readUntil(time.Time{}) // it worked before
	}
	return n, err
}
