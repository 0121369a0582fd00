package restapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"unicode/utf8"
)

const (
	maxBody = 1 << 20
	// drained is how much more is read of a body that is too large, so that
	// its sender can finish and read the refusal.
	drained = 32 << 20
	// maxDepth is far more than any body of this API is nested.
	maxDepth = 64
)

// readBody returns the whole body.
func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "The body could not be read")
	}
	if len(body) > maxBody {
		_, _ = io.CopyN(io.Discard, r.Body, drained)
		return nil, refuse(http.StatusBadRequest, fmt.Sprintf("The body is larger than %d bytes", maxBody))
	}
	return body, nil
}

// readJSON decodes an object into one of the registry's types, which say
// themselves what is wrong. They get the body as it is: [json.Unmarshal] would go
// through it twice more before they do.
func readJSON(r *http.Request, value json.Unmarshaler) error {
	body, err := readBody(r)
	switch {
	case err != nil:
		return err
	case !utf8.Valid(body):
		return refuse(http.StatusBadRequest, "The body is not valid UTF-8")
	case tooDeep(body):
		return refuse(http.StatusBadRequest, fmt.Sprintf("The body is nested more than %d levels deep", maxDepth))
	case !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")):
		return refuse(http.StatusBadRequest, "A JSON object is required in the body")
	}
	if err = value.UnmarshalJSON(body); err != nil && !json.Valid(body) {
		return refuse(http.StatusBadRequest, "The body is not valid JSON")
	}
	return err
}

// taking makes a call of one that takes a body.
func taking[T any, P interface {
	*T
	json.Unmarshaler
}](handle func(*call, T) (any, error)) func(*call) (any, error) {
	return func(c *call) (any, error) {
		var in T
		if err := readJSON(c.Request, P(&in)); err != nil {
			return nil, err
		}
		return handle(c, in)
	}
}

// tooDeep counts brackets outside strings. It need not know whether the rest
// is JSON at all.
func tooDeep(body []byte) bool {
	if bytes.Count(body, []byte("{"))+bytes.Count(body, []byte("[")) <= maxDepth {
		return false // nearly always
	}
	depth, inString, escaped := 0, false, false
	for _, b := range body {
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped, inString = b == '\\', b != '"'
		case b == '"':
			inString = true
		case b == '{' || b == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case b == '}' || b == ']':
			depth--
		}
	}
	return false
}
