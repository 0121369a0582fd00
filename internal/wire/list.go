package wire

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"
)

// maxList bounds the answer of a list; the longest real ones are some MiB.
const maxList = 128 << 20

// List is a JSON array that is read element by element.
type List struct {
	ctx     context.Context // of the call that the list is the answer to
	body    *boundedReader
	seen    bytes.Buffer // what was read since the element began
	start   int64        // where that was
	text    []byte       // the element that was decoded
	decoder *json.Decoder
	status  int
	secret  string // not to be shown of an error that came as a success
	opened  bool
	count   int
	err     error
}

// NewList reads the list that a response's body holds, for as long as the
// context lasts.
func NewList(ctx context.Context, resp *http.Response, secret string) *List {
	l := &List{ctx: ctx, body: &boundedReader{ctx: ctx, reader: resp.Body, left: maxList}, status: resp.StatusCode, secret: secret}
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
	if l.err == nil && l.ctx.Err() != nil {
		l.body.err = l.ctx.Err()
		l.err = l.body.err
	}
	if l.err != nil {
		return false
	}
	// An element may be as large as a single object, and so may what was
	// read ahead.
	l.body.element = MaxObject
	if l.decoder.More() {
		l.seen.Next(int(l.decoder.InputOffset() - l.start))
		l.start = l.decoder.InputOffset()
		l.count++
		return true
	}
	l.close()
	return false
}

// Decode reads the next element into fields, a pointer to a struct without
// methods, which null leaves as it is. Where that can't be done, it may still
// be possible to read the element with [List.DecodeOdd].
func (l *List) Decode(fields any) error {
	err := l.decoder.Decode(fields)
	l.text = bytes.TrimLeft(l.seen.Bytes()[:l.decoder.InputOffset()-l.start], ", \t\r\n")
	if len(l.text) == 0 { // the JSON ends, or is broken: there is no way on
		l.err = cmp.Or(err, io.ErrUnexpectedEOF)
		return l.err
	}
	if err != nil {
		return l.about(withColons(err, l.text, fields))
	}
	return l.about(mistaken(l.text, fields))
}

// DecodeOdd reads the element again, into a value that puts up with members of
// another type.
func (l *List) DecodeOdd(value any) error { return l.about(Object(l.text, value)) }

// Ended reports whether there is no way on, because of an error.
func (l *List) Ended() bool { return l.err != nil }

// mistaken is an error for an element that is no UTF-8, or that has names which
// encoding/json took for others.
func mistaken(text []byte, fields any) error {
	if !utf8.Valid(text) {
		return errNotUTF8
	}
	if hasUsualNames(text) {
		return nil
	}
	for name := range MemberNames(text) {
		if indexUnusual(name) >= 0 {
			if err := knownMembers(reflect.TypeOf(fields).Elem()).mistaken(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// hasUsualNames reports, at a glance, that no member has a name that could be
// another in disguise. What is unusual may stand in a text as well, and what
// follows it tells; a quote within a text, and a colon behind it, make it report
// false for nothing.
func hasUsualNames(text []byte) bool {
	for {
		unusual := indexUnusual(text)
		if unusual < 0 {
			return true
		}
		quote := bytes.IndexByte(text[unusual:], '"')
		if quote < 0 {
			return true
		}
		text = text[unusual+quote+1:]
		if isName(text) {
			return false
		}
	}
}

// about says which element an error is about.
func (l *List) about(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("element %d: %w", l.count, err)
}

// Text is what the element was decoded from, until the next one.
func (l *List) Text() []byte { return l.text }

// close reads the closing bracket, and sees to it that nothing follows: what
// does may have been meant to be in the list.
func (l *List) close() {
	if _, l.err = l.decoder.Token(); l.err != nil {
		return
	}
	l.body.element = MaxObject
	switch _, err := l.decoder.Token(); {
	case errors.Is(err, io.EOF) && l.body.err == nil:
	case l.body.err != nil:
		l.err = l.body.err
	default:
		l.err = errors.New("something follows the end of the list")
	}
}

// open reads the opening bracket. It reports false for what has no elements: no
// content, and what is no list at all.
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
	case opening == nil:
		l.err = errors.New("a list was expected, and null came")
	default:
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

// longestRead is how much is read before the context is looked at again.
const longestRead = 256 << 10

// boundedReader ends with an error what is longer than it should be, and
// remembers the error that ended the reading.
type boundedReader struct {
	ctx           context.Context
	reader        io.Reader
	left, element int64 // bytes to go: of all, and of one element
	err           error
}

func (r *boundedReader) Read(p []byte) (int, error) {
	// A body that inflates enormously is there already: no reading of the
	// network would notice that the context has ended.
	if r.err == nil && r.ctx.Err() != nil {
		r.err = r.ctx.Err()
	}
	if r.err == nil && r.left <= 0 {
		r.err = tooLarge(maxList)
	}
	if r.err == nil && r.element <= 0 {
		r.err = tooLarge(MaxObject)
	}
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.reader.Read(p[:min(int64(len(p)), r.left, r.element, longestRead)])
	r.left -= int64(n)
	r.element -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}
