package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// maxList bounds the answer of a list; the longest real ones are some MiB.
const maxList = 128 << 20

// List is a JSON array that is read element by element.
type List struct {
	body    *boundedReader
	seen    bytes.Buffer // what was read since the element began
	start   int64        // where that was
	decoder *json.Decoder
	status  int
	secret  string // not to be shown of an error that came as a success
	opened  bool
	err     error
}

// NewList reads the list that a response's body holds.
func NewList(resp *http.Response, secret string) *List {
	l := &List{body: &boundedReader{reader: resp.Body, left: maxList}, status: resp.StatusCode, secret: secret}
	l.decoder = json.NewDecoder(io.TeeReader(l.body, &l.seen))
	return l
}

// Next reports whether there is another element to decode.
func (l *List) Next() bool {
	if !l.opened {
		l.opened = true
		if !l.open() {
			return false
		}
	}
	// An element may be as large as a single object, and so may what was
	// read ahead.
	l.body.element = MaxObject
	if l.decoder.More() {
		l.seen.Next(int(l.decoder.InputOffset() - l.start))
		l.start = l.decoder.InputOffset()
		return true
	}
	_, l.err = l.decoder.Token() // the closing bracket
	return false
}

// Decode reads one element.
func (l *List) Decode(value any) error {
	l.err = l.decoder.Decode(value)
	if l.err != nil {
		l.err = withColons(l.err, l.Text(), value)
	}
	return l.err
}

// Text is what the element was decoded from, until the next one.
func (l *List) Text() []byte {
	return bytes.TrimLeft(l.seen.Bytes()[:l.decoder.InputOffset()-l.start], ", \t\r\n")
}

// Fail ends the list with an error of who reads it.
func (l *List) Fail(err error) { l.err = err }

// open reads the opening bracket. It reports false for what has no elements:
// no content, null, and what is no list at all.
func (l *List) open() bool {
	l.body.element = MaxObject
	opening, err := l.decoder.Token()
	switch {
	case errors.Is(err, io.EOF):
		if l.body.err == nil && l.status != http.StatusNoContent {
			l.err = errors.New("the body is empty")
		}
		return false
	case err != nil:
		l.err = err
		return false
	case opening == json.Delim('['):
		return true
	case opening == json.Delim('{'):
		l.err = l.object()
	case opening != nil:
		l.err = errors.New("a list was expected")
	}
	return false
}

// object looks for an error in what came in place of the list.
func (l *List) object() error {
	rest := io.MultiReader(strings.NewReader("{"), l.decoder.Buffered(), l.body)
	body, _ := io.ReadAll(io.LimitReader(rest, maxErrorBody))
	if err := ErrorAsSuccess(body, l.secret); err != nil {
		return err
	}
	return errors.New("a list was expected, and an object came")
}

// Err is why the list ended before its end, or nil. It tells a list that was
// cut, or has no end, from one that makes no sense.
func (l *List) Err() (err error, brokeOff bool) { //nolint:revive // the second says what the first is
	switch {
	case l.err == nil:
		return nil, false
	case l.body.err != nil:
		return l.body.err, true
	case endedEarly(l.err):
		return io.ErrUnexpectedEOF, true
	}
	return l.err, false
}

// endedEarly tells a list that was cut. Go's second implementation of JSON
// (GOEXPERIMENT=jsonv2) says so in a SyntaxError, of which only the text tells.
func endedEarly(err error) bool {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return syntax.Error() == "unexpected end of JSON input"
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// boundedReader ends with an error what is longer than it should be, and
// remembers the error that ended the reading.
type boundedReader struct {
	reader        io.Reader
	left, element int64 // bytes to go: of all, and of one element
	err           error
}

func (r *boundedReader) Read(p []byte) (int, error) {
	if r.err == nil && r.left <= 0 {
		r.err = tooLarge(maxList)
	}
	if r.err == nil && r.element <= 0 {
		r.err = tooLarge(MaxObject)
	}
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.reader.Read(p[:min(int64(len(p)), r.left, r.element)])
	r.left -= int64(n)
	r.element -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}
