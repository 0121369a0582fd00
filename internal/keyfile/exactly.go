package keyfile

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
)

// exactly reads one form, and refuses another, or a disguise of it, by name.
func exactly(data []byte, want kind, name string, read func([]byte) (*Key, error)) (*Key, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("is larger than %d bytes: that is no %s", MaxSize, strings.TrimPrefix(name, "a "))
	}
	var err error
	if kindOf(bytes.TrimLeftFunc(data, unicode.IsSpace)) == want {
		var key *Key
		if key, err = read(data); err == nil {
			return key, nil
		}
	}
	plain, _, failed := unwrap(data)
	if failed != nil {
		return nil, failed
	}
	if len(plain) == 0 {
		return nil, unknown(plain)
	}
	found := kindOf(plain)
	if found == kindUnknown {
		return nil, fmt.Errorf("is not %s: %w", name, unknown(plain))
	}
	if found != want {
		return nil, fmt.Errorf("this is %s, not %s: use LoadKey, which takes either", found, name)
	}
	if _, failed = read(plain); failed == nil || err == nil {
		return nil, fmt.Errorf("this is %s in a disguise (base64, quotes, a byte order mark, \\n for line breaks): use LoadKey, which looks through it", name)
	}
	return nil, err
}
