package restapi

import (
	"encoding/json"
	"sync"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// rendered is an answer that is JSON already.
type rendered []byte

// renderings keep the JSON of objects that lists show again and again. The
// registry never changes an object but puts another in its place, so that the
// pointer tells whether what is kept still holds. One rendering of each object
// is kept at most.
type renderings[T any] struct {
	id func(*T) string

	mu   sync.RWMutex
	kept map[string]rendering[T]
}

// rendering is the JSON of one version of an object.
type rendering[T any] struct {
	of   *T
	json []byte
}

func newRenderings[T any](id func(*T) string) *renderings[T] {
	return &renderings[T]{id: id, kept: map[string]rendering[T]{}}
}

func clientID(c *registry.Client) string { return c.ClientID }

func scopeName(s *registry.Scope) string { return s.Name }

// one renders a single object.
func (k *renderings[T]) one(object *T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	pieces, err := k.pieces([]*T{object})
	if err != nil {
		return nil, err
	}
	return rendered(pieces[0]), nil
}

// list renders an array of objects.
func (k *renderings[T]) list(objects []*T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	pieces, err := k.pieces(objects)
	if err != nil {
		return nil, err
	}
	size := len("[]") + len(pieces)
	for _, piece := range pieces {
		size += len(piece)
	}
	array := append(make(rendered, 0, size), '[')
	for i, piece := range pieces {
		if i > 0 {
			array = append(array, ',')
		}
		array = append(array, piece...)
	}
	return append(array, ']'), nil
}

// pieces returns the JSON of each object.
func (k *renderings[T]) pieces(objects []*T) ([][]byte, error) {
	pieces := make([][]byte, len(objects))
	var missing []int
	k.mu.RLock()
	for i, object := range objects {
		if r := k.kept[k.id(object)]; r.of == object {
			pieces[i] = r.json
		} else {
			missing = append(missing, i)
		}
	}
	k.mu.RUnlock()
	for _, i := range missing {
		piece, err := json.Marshal(objects[i])
		if err != nil {
			return nil, err
		}
		pieces[i] = piece
	}
	if len(missing) > 0 {
		k.keep(objects, pieces, missing)
	}
	return pieces, nil
}

func (k *renderings[T]) keep(objects []*T, pieces [][]byte, which []int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, i := range which {
		k.kept[k.id(objects[i])] = rendering[T]{of: objects[i], json: pieces[i]}
	}
}
