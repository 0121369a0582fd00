package exactjson

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

// checkTwice refuses a member that is there twice, wherever in valid JSON: one
// of the two would be lost without a word.
func checkTwice(data []byte) error {
	finder := twiceFinder{cursor: strictjson.Cursor{Data: data}, at: -1}
	finder.value()
	if finder.at < 0 {
		return nil
	}
	line, column := strictjson.Position(data, finder.at)
	return fmt.Errorf("line %d, column %d: %.60q is there twice", line, column, finder.name)
}

// twiceFinder notes the first name that is there twice.
type twiceFinder struct {
	cursor strictjson.Cursor
	names  [][]byte // of the objects around the cursor, the innermost's at the end
	name   []byte
	at     int
}

func (f *twiceFinder) value() {
	switch f.cursor.Kind() {
	case '{':
		f.object()
	case '[':
		for f.cursor.Enter(); f.cursor.More(); {
			f.value()
		}
	default:
		f.cursor.Skip()
	}
}

// manyNames are looked up in a map: comparing each with all takes too long.
const manyNames = 32

func (f *twiceFinder) object() {
	first := len(f.names)
	var many map[string]bool
	for f.cursor.Enter(); f.cursor.More(); f.value() {
		at := f.cursor.At
		name, _ := strictjson.Name(f.cursor.Name()) // half characters are like each other to other readers too
		own := f.names[first:]
		if many == nil && len(own) >= manyNames {
			many = make(map[string]bool, 2*len(own))
			for _, earlier := range own {
				many[string(earlier)] = true
			}
		}
		if f.at < 0 && (many[string(name)] || many == nil && slices.ContainsFunc(own, func(earlier []byte) bool { return bytes.Equal(earlier, name) })) {
			f.name, f.at = name, at
		}
		if many != nil {
			many[string(name)] = true
			continue
		}
		f.names = append(f.names, name)
	}
	f.names = f.names[:first]
}
