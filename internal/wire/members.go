package wire

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/bits"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

// UnmarshalExtra decodes an object into v, a pointer to a struct without
// methods of its own, and the members that the struct doesn't have into extra,
// a field of it; nil when there are none. With an error, v stays as it was.
//
// A member of another type than the struct's field leaves the field zero, and
// is kept in extra: one odd member doesn't cost the object. Only those that
// identify it must be right. A member whose name differs from a field's in case
// only is an error: encoding/json would take it for that.
func UnmarshalExtra[F any](data []byte, v *F, extra *map[string]json.RawMessage, identifying ...string) error {
	var fields F
	others, err := unmarshalKnown(data, &fields, identifying)
	if err == nil {
		*v, *extra = fields, others
	}
	return err
}

// unmarshalKnown decodes an object into v, a pointer to a struct, and returns
// the members that v doesn't have.
func unmarshalKnown(data []byte, v any, identifying []string) (map[string]json.RawMessage, error) {
	known := knownMembers(reflect.TypeOf(v).Elem())
	if err := json.Unmarshal(data, v); isOdd(err) {
		return unmarshalEach(err, data, v, known, identifying)
	} else if err != nil {
		return nil, err
	}
	others, err := known.others(data)
	if !others || err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, err
	}
	for name := range known {
		delete(members, name)
	}
	if len(members) == 0 {
		return nil, nil //nolint:nilnil // a known name, written with escapes
	}
	return members, nil
}

// isOdd reports whether an error of decoding is about what a member is, and
// neither about the JSON nor a refusal to take what it says, as private keys.
func isOdd(err error) bool {
	_, broken := errors.AsType[*json.SyntaxError](err)
	return err != nil && !broken && !errors.Is(err, errtext.ErrInvalidArgument)
}

// unmarshalEach decodes each member by itself, and returns those that v has no
// place for, be it by their name or by their type.
func unmarshalEach(odd error, data []byte, v any, known memberSet, identifying []string) (map[string]json.RawMessage, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil || members == nil {
		return nil, odd // it is no object
	}
	if _, err := known.others(data); err != nil {
		return nil, err
	}
	whole := reflect.ValueOf(v).Elem()
	whole.SetZero()
	for name, value := range members {
		if _, ok := known[name]; !ok {
			continue
		}
		alone, err := json.Marshal(map[string]json.RawMessage{name: value})
		if err != nil {
			return nil, err
		}
		// Decoding may fail halfway: only what succeeds is done to v.
		err = decode(alone, reflect.New(whole.Type()).Interface())
		switch {
		case err == nil:
			if err := decode(alone, v); err != nil {
				return nil, err
			}
			delete(members, name)
		case !isOdd(err) || slices.Contains(identifying, name):
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return members, nil
}

// decode is json.Unmarshal that takes times without a colon in their offset.
func decode(data []byte, v any) error { return withColons(json.Unmarshal(data, v), data, v) }

// others reports whether an object, which must be valid JSON, has members with
// other names than the known ones. Most have none.
func (known memberSet) others(data []byte) (bool, error) {
	found := false
	for name := range MemberNames(data) {
		if _, ok := known[string(name)]; ok {
			continue
		}
		found = true
		if err := known.mistaken(name); err != nil {
			return true, err
		}
	}
	return found, nil
}

// mistaken is an error for a name, as it is written, that differs from a known
// one in case only.
func (known memberSet) mistaken(written []byte) error {
	if indexUnusual(written) < 0 {
		return nil
	}
	var name string
	if err := json.Unmarshal(slices.Concat([]byte{'"'}, written, []byte{'"'}), &name); err != nil {
		return err
	}
	if _, ok := known[name]; ok {
		return nil
	}
	for other := range known {
		if strings.EqualFold(name, other) {
			return fmt.Errorf("the member %s differs from %s in case only", errtext.Quoted(name), other)
		}
	}
	return nil
}

// indexUnusual finds the first byte that the names of the service don't have:
// capital letters, the bracket and the backslash behind them, and all beyond
// ASCII. Only a name with one of them can be another in disguise. Each element
// of long lists is searched, hence sixteen bytes at a time.
func indexUnusual(text []byte) int {
	rest := text
	for ; len(rest) >= 16; rest = rest[16:] {
		first, second := unusualBytes(rest), unusualBytes(rest[8:])
		if (first|second)&highBits == 0 {
			continue
		}
		at := len(text) - len(rest)
		if first &= highBits; first != 0 {
			return at + bits.TrailingZeros64(first)/8
		}
		return at + bits.TrailingZeros64(second&highBits)/8 + 8
	}
	for i, c := range rest {
		if c >= 'A' && c <= '\\' || c >= utf8.RuneSelf {
			return len(text) - len(rest) + i
		}
	}
	return -1
}

// highBits are the first bit of each of eight bytes.
const highBits = 0x80_80_80_80_80_80_80_80

// unusualBytes sets the high bit of the first of eight bytes that is unusual,
// and perhaps of some behind it: from a byte beyond ASCII something may be
// carried to the next. Other bits tell nothing.
func unusualBytes(text []byte) uint64 {
	const each = 0x01_01_01_01_01_01_01_01
	word := binary.LittleEndian.Uint64(text)
	fromA, beyond := word+(0x80-'A')*each, word+(0x80-'\\'-1)*each
	return word | (fromA ^ beyond)
}

// MemberNames iterates over the names of the members of an object, which must
// be valid JSON, as they are written there. It allocates nothing.
func MemberNames(data []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		c := strictjson.Cursor{Data: data}
		if c.Kind() != '{' {
			return
		}
		for c.Enter(); c.More(); c.Skip() {
			if quoted := c.Name(); !yield(quoted[1 : len(quoted)-1]) {
				return
			}
		}
	}
}

// isName tells the name of a member from a value by what follows it.
func isName(rest []byte) bool {
	for _, c := range rest {
		if c > ' ' {
			return c == ':'
		}
	}
	return false
}

// MarshalExtra encodes a struct with the members of extra beside its own. A
// member that the struct has goes by the struct, unless its field is zero: then
// what came with another type goes back as it was.
func MarshalExtra(v any, extra map[string]json.RawMessage) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil || len(extra) == 0 {
		return data, err
	}
	known := knownMembers(reflect.TypeOf(v))
	others := make(map[string]json.RawMessage, len(extra))
	for name, value := range extra {
		if _, ok := known[name]; ok {
			return marshalOdd(data, extra)
		}
		others[name] = value
	}
	tail, err := json.Marshal(others)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(data, []byte("{}")) {
		return tail, nil
	}
	data[len(data)-1] = ','
	return append(data, tail[1:]...), nil
}

func marshalOdd(data []byte, extra map[string]json.RawMessage) ([]byte, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, err
	}
	for name, value := range extra {
		switch string(members[name]) {
		case "", "false", "0", `""`, "null":
			members[name] = value
		}
	}
	return json.Marshal(members)
}

// memberSet holds the names that a struct's fields have in JSON.
type memberSet map[string]struct{}

// memberSets caches them by type.
var memberSets sync.Map // reflect.Type to memberSet

func knownMembers(t reflect.Type) memberSet {
	if cached, ok := memberSets.Load(t); ok {
		if known, ok := cached.(memberSet); ok {
			return known
		}
	}
	known := memberSet{}
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-" || !field.IsExported() || field.Anonymous:
		case name != "":
			known[name] = struct{}{}
		default:
			known[field.Name] = struct{}{}
		}
	}
	memberSets.Store(t, known)
	return known
}
