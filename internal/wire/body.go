// Package wire reads and writes what goes over the network: JSON with members
// that nobody knows yet, long lists, bodies that don't end, times in three
// shapes. It knows no service.
package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// MaxObject bounds the answer for one object; real ones are some KiB.
const MaxObject = 8 << 20

// tooLarge is the error of an answer with more bytes than are read.
type tooLarge int64

func (e tooLarge) Error() string        { return fmt.Sprintf("it is larger than %d bytes", int64(e)) }
func (e tooLarge) Is(target error) bool { return target == errtext.ErrBadAnswer }

// ReadBody reads a body to its end, up to a limit, with a buffer of the
// announced size, as far as that can be believed.
func ReadBody(resp *http.Response, limit int64) ([]byte, error) {
	announced := resp.ContentLength
	if announced < 0 {
		announced = 511
	}
	body := make([]byte, 0, min(announced, 1<<20)+1) // one more, to see the end
	for {
		n, err := resp.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case int64(len(body)) > limit:
			return nil, tooLarge(limit)
		case errors.Is(err, io.EOF):
			return body, nil
		case err != nil:
			return nil, err
		case len(body) == cap(body):
			body = slices.Grow(body, len(body))
		}
	}
}

// DrainAndClose reads what is left of an answer, within reason, so that the
// connection can be used again.
func DrainAndClose(resp *http.Response) {
	_, _ = io.CopyN(io.Discard, resp.Body, 64<<10)
	_ = resp.Body.Close()
}

// Succeeded reports whether a status is 2xx.
func Succeeded(status int) bool { return status >= 200 && status <= 299 }

// Object reads one JSON object.
func Object(body []byte, value any) error {
	trimmed := bytes.TrimSpace(body)
	switch {
	case len(trimmed) == 0:
		return errors.New("the body is empty")
	case trimmed[0] != '{':
		return errors.New("an object was expected")
	case !utf8.Valid(trimmed):
		return errNotUTF8
	}
	return withColons(unmarshal(trimmed, value), trimmed, value)
}

var errNotUTF8 = errors.New("it is not UTF-8")

// unmarshal is json.Unmarshal, without its two looks at all of the text before
// it asks a type that decodes itself: ours check it as a part of that.
func unmarshal(data []byte, value any) error {
	if own, ok := value.(json.Unmarshaler); ok {
		return own.UnmarshalJSON(data)
	}
	return json.Unmarshal(data, value)
}

// Hide takes a secret out of what a service or proxy sends back.
func Hide(body []byte, secret string) []byte {
	if secret == "" || !bytes.Contains(body, []byte(secret)) {
		return body
	}
	return bytes.ReplaceAll(body, []byte(secret), []byte("[hidden]"))
}

// ContentKind names what came, by its content type.
func ContentKind(header http.Header) string {
	media, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	switch media = strings.TrimSpace(strings.ToLower(media)); media {
	case "":
		return "something without a content type"
	case "application/json":
		return "JSON"
	case "text/html":
		return "HTML"
	}
	return fmt.Sprintf("%.60q", media)
}
