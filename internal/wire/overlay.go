package wire

import (
	"bytes"
	"encoding/json"
)

// Overlay writes the differences between before and after into whole, and
// reports whether there are any.
func Overlay(whole, before, after map[string]json.RawMessage) bool {
	changed := false
	for name, value := range after {
		if was, ok := before[name]; !ok || !bytes.Equal(was, value) {
			whole[name] = value
			changed = true
		}
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			delete(whole, name)
			changed = true
		}
	}
	return changed
}
