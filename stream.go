package maskinporten

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"strings"
)

const (
	// maxList bounds the answer of a list; the longest real ones are some
	// MiB.
	maxList = 128 << 20
	// noneText is what the service says instead of answering an empty list.
	noneText = "does not have any"
)

// Collect makes a slice of an iterator. The first error ends it, and the slice
// holds what came before.
func Collect[T any](sequence iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for value, err := range sequence {
		if err != nil {
			return all, err
		}
		all = append(all, value)
	}
	return all, nil
}

// stream makes a call that answers a list, and decodes it as it is read: the
// elements needn't all fit into memory. Each use of the iterator is a call of
// its own. An error is yielded once and ends it; break ends the reading.
func stream[T any](ctx context.Context, c *Client, op operation) iter.Seq2[*T, error] {
	return streamAs(ctx, c, op, func(value *T, _ []byte) (*T, error) { return value, nil })
}

// streamAs is stream for types whose own decoding is dear: elements are decoded
// into F, which has the same fields and no methods, and convert makes of each,
// and of the text that it came in, what callers know. So long lists are spared
// the second look at each element that Extra costs.
func streamAs[F, T any](ctx context.Context, c *Client, op operation, convert func(fields *F, text []byte) (*T, error)) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		resp, tries, err := c.api.send(ctx, op, false)
		if err != nil {
			if !isEmptyList(err) {
				yield(nil, err)
			}
			return
		}
		defer finish(resp)
		list := newList(resp, tries)
		var fields *F
		var value *T
		for list.next() {
			fields = nil
			if list.err = list.decode(&fields); list.err == nil && fields == nil {
				list.err = errors.New("an element is null")
			}
			if list.err == nil {
				value, list.err = convert(fields, list.text())
			}
			if list.err != nil || !yield(value, nil) {
				break
			}
		}
		if list.err != nil {
			yield(nil, list.failure(ctx))
			return
		}
		tries.log(ctx, tries.status, nil)
	}
}

// list is a JSON array that is read element by element.
type list struct {
	body    *boundedReader
	seen    bytes.Buffer // what was read since the element began
	start   int64        // where that was
	decoder *json.Decoder
	tries   *attempts
	opened  bool
	err     error
}

func newList(resp *http.Response, tries *attempts) *list {
	l := &list{body: &boundedReader{reader: resp.Body, left: maxList}, tries: tries}
	l.decoder = json.NewDecoder(io.TeeReader(l.body, &l.seen))
	return l
}

// next reports whether there is another element to decode.
func (l *list) next() bool {
	if !l.opened {
		l.opened = true
		if !l.open() {
			return false
		}
	}
	// An element may be as large as a single object, and so may what was
	// read ahead.
	l.body.element = maxObject
	if l.decoder.More() {
		l.seen.Next(int(l.decoder.InputOffset() - l.start))
		l.start = l.decoder.InputOffset()
		return true
	}
	_, l.err = l.decoder.Token() // the closing bracket
	return false
}

// decode reads one element.
func (l *list) decode(value any) error {
	err := l.decoder.Decode(value)
	if err == nil {
		return nil
	}
	return withColons(err, l.text(), value)
}

// text is what the element was decoded from, until the next one.
func (l *list) text() []byte {
	return bytes.TrimLeft(l.seen.Bytes()[:l.decoder.InputOffset()-l.start], ", \t\r\n")
}

// open reads the opening bracket. It reports false for what has no elements:
// no content, null, and what is no list at all.
func (l *list) open() bool {
	l.body.element = maxObject
	opening, err := l.decoder.Token()
	switch {
	case errors.Is(err, io.EOF):
		if l.body.err == nil && l.tries.status != http.StatusNoContent {
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
func (l *list) object() error {
	rest := io.MultiReader(strings.NewReader("{"), l.decoder.Buffered(), l.body)
	body, _ := io.ReadAll(io.LimitReader(rest, maxErrorBody))
	if err := l.tries.asSuccess(body); err != nil {
		return err
	}
	return errors.New("a list was expected, and an object came")
}

// failure tells a list that was cut, or has no end, from one that makes no
// sense.
func (l *list) failure(ctx context.Context) error {
	switch {
	case l.body.err != nil:
		return l.tries.brokeOff(ctx, l.body.err)
	case endedEarly(l.err):
		return l.tries.brokeOff(ctx, io.ErrUnexpectedEOF)
	}
	return l.tries.misunderstood(ctx, l.err)
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
		r.err = tooLarge(maxObject)
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

// isEmptyList reports whether an error only means that a list has no
// elements. Refusals of the token never do, whatever their words.
func isEmptyList(err error) bool {
	refusal, ok := errors.AsType[*APIError](err)
	if !ok || refusal.StatusCode < 400 || refusal.StatusCode >= 500 ||
		refusal.StatusCode == http.StatusUnauthorized || refusal.StatusCode == http.StatusForbidden {
		return false
	}
	if strings.Contains(refusal.Description, noneText) {
		return true
	}
	for _, field := range refusal.Fields {
		if strings.Contains(field.Message, noneText) {
			return true
		}
	}
	return false
}
