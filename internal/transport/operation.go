package transport

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// Operation describes one call of the self-service API.
type Operation struct {
	Name   string   // "Scopes.Create": for errors and logs
	Method string   // of HTTP
	Path   string   // below the base, with {} for each of the ids: "clients/{}/jwks"
	IDs    []string // as they are; escaped one by one
	Query  string   // as it is sent: escaped
	Body   any      // nil: none; else JSON
	Scopes []string // token scopes that allow it, least first; none: an open call
	Portal bool     // what only a test double serves
}

// address joins base and path without cleaning, so that an id stays one segment
// of the path. Services check their ids before; here an id that would change the
// path is refused at the latest.
func (o *Operation) address(base string) (string, error) {
	size := len(base) + len(o.Path) + len("/?") + len(o.Query)
	for _, id := range o.IDs {
		size += len(id)
	}
	var b strings.Builder
	b.Grow(size)
	b.WriteString(strings.TrimRight(base, "/"))
	b.WriteByte('/')
	rest := o.Path
	for _, id := range o.IDs {
		if id == "" || id == "." || id == ".." {
			return "", errtext.Wrapf("%s: %v: %s would change the path", o.Name, errtext.ErrInvalidArgument, errtext.Quoted(id))
		}
		before, after, found := strings.Cut(rest, "{}")
		if !found {
			return "", fmt.Errorf("%s has no place for %d ids", o.Path, len(o.IDs))
		}
		b.WriteString(before)
		b.WriteString(url.PathEscape(id))
		rest = after
	}
	b.WriteString(rest)
	if o.Query != "" {
		b.WriteByte('?')
		b.WriteString(o.Query)
	}
	return b.String(), nil
}

// isWrite reports whether the answer may be empty: of PUT and DELETE.
func (o *Operation) isWrite() bool { return o.Method == "PUT" || o.Method == "DELETE" }

// isEmptyObject reports whether a write was answered with nothing at all.
func (o *Operation) isEmptyObject(body []byte) bool {
	return o.isWrite() && len(bytes.TrimSpace(body)) == 0
}
