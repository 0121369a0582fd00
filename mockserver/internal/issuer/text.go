package issuer

import (
	"strconv"

	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

// quote shows a text of a request in a reason, but not all of a long one.
func quote(text string) string {
	const most = 100
	if len(text) > most {
		text = text[:most] + "…"
	}
	return strconv.Quote(text)
}

// text reads a string that may be left out.
func text(raw []byte) (string, error) {
	if raw == nil {
		return "", nil
	}
	return strictjson.Text(raw)
}
