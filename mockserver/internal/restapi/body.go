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
	case firstByte(body) != '{':
		return refuse(http.StatusBadRequest, "A JSON object is required in the body")
	}
	if err = value.UnmarshalJSON(body); err != nil && !json.Valid(body) {
		return refuse(http.StatusBadRequest, "The body is not valid JSON")
	}
	return err
}

func firstByte(body []byte) byte {
	for _, b := range body {
		switch b {
		case ' ', '\t', '\r', '\n':
		default:
			return b
		}
	}
	return 0
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
