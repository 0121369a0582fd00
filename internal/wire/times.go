package wire

import (
	"encoding/json"
	"errors"
	"regexp"
	"sync"
	"time"
)

// offset finds times such as "2018-01-02T09:30:00.000+0100", as Spring writes
// them unless told otherwise; RFC 3339 wants a colon.
var offset = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`("\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d)(\d\d")`) })

// withColons decodes once more what could not be decoded for its times.
func withColons(err error, data []byte, value any) error {
	if _, ok := errors.AsType[*time.ParseError](err); !ok {
		return err
	}
	return json.Unmarshal(offset().ReplaceAll(data, []byte("$1:$2")), value)
}
