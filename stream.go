package maskinporten

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
)

// maxList bounds the answer of a list; the longest real ones are some MiB.
const maxList = 1 << 30

// noneText is what the service says instead of answering an empty list.
const noneText = "does not have any"

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
	return func(yield func(*T, error) bool) {
		resp, tries, err := c.api.send(ctx, op)
		if err != nil {
			if !isEmptyList(err) {
				yield(nil, err)
			}
			return
		}
		defer drain(resp.Body)
		tries.status, tries.header = resp.StatusCode, resp.Header
		limited := &io.LimitedReader{R: resp.Body, N: maxList}
		decoder := json.NewDecoder(limited)
		for err := range elements(decoder, resp.StatusCode) {
			value := new(T)
			if err == nil {
				err = decoder.Decode(value)
			}
			if err != nil {
				yield(nil, listError(ctx, tries, limited, err))
				return
			}
			if !yield(value, nil) {
				return
			}
		}
	}
}

// elements yields nil before each element of an array that the decoder is to
// read, and an error where the array is none. No content and null are empty.
func elements(decoder *json.Decoder, status int) iter.Seq[error] {
	return func(yield func(error) bool) {
		opening, err := decoder.Token()
		switch {
		case errors.Is(err, io.EOF) && status == http.StatusNoContent, err == nil && opening == nil:
			return
		case errors.Is(err, io.EOF):
			yield(errors.New("the body is empty"))
			return
		case err == nil && opening != json.Delim('['):
			err = errors.New("a list was expected")
		}
		if err != nil {
			yield(err)
			return
		}
		for decoder.More() {
			if !yield(nil) {
				return
			}
		}
		if _, err := decoder.Token(); err != nil { // the closing bracket
			yield(err)
		}
	}
}

// listError tells a list that is too long, or was cut, from one that makes no
// sense.
func listError(ctx context.Context, tries *attempts, limited *io.LimitedReader, err error) error {
	_, syntax := errors.AsType[*json.SyntaxError](err)
	switch {
	case ctx.Err() != nil:
		return tries.brokeOff(ctx, tries.status, err)
	case limited.N <= 0:
		return tries.misunderstood(fmt.Errorf("larger than %d bytes", maxList))
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return tries.brokeOff(ctx, tries.status, io.ErrUnexpectedEOF)
	case !syntax && isNetwork(err):
		return tries.brokeOff(ctx, tries.status, err)
	}
	return tries.misunderstood(err)
}

// isNetwork reports whether reading failed, rather than understanding.
func isNetwork(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout)
}

// isEmptyList reports whether an error only means that a list has no
// elements.
func isEmptyList(err error) bool {
	refusal, ok := errors.AsType[*APIError](err)
	if !ok || refusal.StatusCode < 400 || refusal.StatusCode >= 500 {
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
