package strictjson

import "bytes"

// Cursor steps through JSON that is known to be valid (json.Valid); in other
// text it may panic. Its zero value with Data stands at the beginning.
//
//	for c.Enter(); c.More(); {
//		name := c.Name() // in objects only
//		…                // over the value: Skip, or Enter again
//	}
type Cursor struct {
	Data []byte
	At   int
}

// Kind steps over blanks and returns the first byte of what follows: { [ " t f
// n - or a digit.
func (c *Cursor) Kind() byte {
	for ; c.At < len(c.Data); c.At++ {
		switch c.Data[c.At] {
		case ' ', '\t', '\r', '\n':
		default:
			return c.Data[c.At]
		}
	}
	return 0
}

// Enter steps into the object or array that begins here.
func (c *Cursor) Enter() {
	c.Kind()
	c.At++
}

// More steps to the next member or element, and reports whether there is one.
// If not, it steps out of the object or array.
func (c *Cursor) More() bool {
	switch c.Kind() {
	case '}', ']':
		c.At++
		return false
	case ',':
		c.At++
		c.Kind()
	}
	return true
}

// Name steps over a member's name to its value. It returns the name as it is
// written, with its quotes; see [Name].
func (c *Cursor) Name() []byte {
	quoted := c.text()
	c.Kind()
	c.At++ // the colon
	c.Kind()
	return quoted
}

// Skip steps over the value that begins here, whatever is in it, and returns
// it.
func (c *Cursor) Skip() []byte {
	kind := c.Kind()
	start := c.At
	switch kind {
	case '{', '[':
		c.skipWithin()
	case '"':
		c.text()
	default: // a number or a word
		if length := bytes.IndexAny(c.Data[c.At:], ",]} \t\r\n"); length >= 0 {
			c.At += length
		} else {
			c.At = len(c.Data)
		}
	}
	return c.Data[start:c.At:c.At]
}

// skipWithin looks for the bracket that closes the one here.
func (c *Cursor) skipWithin() {
	for depth := 0; ; {
		switch c.Data[c.At] {
		case '"':
			c.text()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		c.At++
		if depth == 0 {
			return
		}
	}
}

// text steps over a string and returns it with its quotes.
func (c *Cursor) text() []byte {
	start := c.At
	for c.At++; c.Data[c.At] != '"'; c.At++ {
		if c.Data[c.At] == '\\' {
			c.At++
		}
	}
	c.At++
	return c.Data[start:c.At:c.At]
}
