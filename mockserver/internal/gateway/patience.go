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
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	connection := http.NewResponseController(w)
	if connection.SetReadDeadline(time.Now().Add(bodyTimeout)) != nil {
		return // in memory nobody waits
	}
	r.Body = &timedBody{r.Body, connection}
}

// timedBody takes the deadline off the connection when it has come whole.
type timedBody struct {
	io.ReadCloser
	connection *http.ResponseController
}

// Read implements [io.Reader].
func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF { //nolint:errorlint // as readers return it
		_ = b.connection.SetReadDeadline(time.Time{}) // it worked before
	}
	return n, err
}
