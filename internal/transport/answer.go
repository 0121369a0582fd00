package transport

import (
	"encoding/json"
	"net/url"

	"github.com/maskinporten-go/maskinporten/internal/wire"
)

// encode makes a body.
func encode(body any) ([]byte, error) {
	if raw, ok := body.([]byte); ok {
		return raw, nil
	}
	return json.Marshal(body)
}

func hostOf(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return parsed.Host
}

// decode reads one object from the answer, and takes an error that came with
// a status of 2xx for what it is.
func (c *call) decode(values []any) error {
	if len(values) == 0 {
		return nil
	}
	if err := wire.ErrorAsSuccess(c.body, c.secret()); err != nil {
		return err
	}
	for _, value := range values {
		if err := wire.Object(c.body, value); err != nil {
			return err
		}
	}
	return nil
}

// List is the answer of a call for a list. Its zero value has no elements.
type List struct {
	*wire.List

	call *call
}

func newList(c *call) *List {
	return &List{List: wire.NewList(c.ctx, c.resp, c.secret()), call: c}
}

// Next reports whether there is another element to decode.
func (l *List) Next() bool { return l.List != nil && l.List.Next() }

// Nonsense is the error of an element that makes no sense.
func (l *List) Nonsense(err error) error {
	return l.call.transport.config.Error(l.call.misunderstood(err))
}

// Close ends the call, and returns why the list ended before its end, if it
// did.
func (l *List) Close() error {
	if l.call == nil {
		return nil
	}
	defer wire.DrainAndClose(l.call.resp)
	switch err, brokeOff := l.Err(); {
	case brokeOff:
		return l.call.fail(l.call.brokeOff(err))
	case err != nil:
		return l.call.fail(l.call.misunderstood(err))
	}
	l.call.end(nil, "")
	return nil
}
