package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/recorder"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// Chaos bends answers, by a seed.
type Chaos struct {
	Seed uint64
	// Variants are those that it has drawn.
	Variants variants.Set

	mu     sync.Mutex // guards random, which decides everything below
	random *rand.Rand
}

// NewChaos returns the chaos of a seed.
func NewChaos(seed uint64) *Chaos {
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // reproducible on purpose
	return &Chaos{Seed: seed, Variants: variants.Drawn(random), random: random}
}

// Apply serves a request and bends what comes.
func (c *Chaos) Apply(w http.ResponseWriter, serve func(http.ResponseWriter)) {
	answer := recorder.Record(serve)
	c.mu.Lock()
	body := c.bend(answer.Body.Bytes())
	c.mu.Unlock()
	maps.Copy(w.Header(), answer.Sent)
	w.WriteHeader(answer.Status)
	_, _ = w.Write(body) // a client that has gone away wants no answer
}

// bend returns another body that means the same.
func (c *Chaos) bend(body []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return body // nothing, or no JSON
	}
	if list, ok := value.([]any); ok {
		c.random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	var bent bytes.Buffer
	c.write(&bent, value)
	return bent.Bytes()
}

func (c *Chaos) maybe() bool { return c.random.IntN(2) == 0 }

// write encodes a value its own way.
func (c *Chaos) write(b *bytes.Buffer, value any) {
	switch value := value.(type) {
	case map[string]any:
		c.writeObject(b, value)
	case []any:
		b.WriteByte('[')
		for i, element := range value {
			if i > 0 {
				b.WriteByte(',')
			}
			c.write(b, element)
		}
		b.WriteByte(']')
	default:
		encoded, _ := json.Marshal(value) // it came out of JSON
		b.Write(encoded)
	}
}

// writeObject leaves out what says no more than its absence, adds what nobody
// knows, and shuffles.
func (c *Chaos) writeObject(b *bytes.Buffer, object map[string]any) {
	names := slices.Sorted(maps.Keys(object))
	names = slices.DeleteFunc(names, func(name string) bool { return saysNothing(name, object[name]) && c.maybe() })
	for range c.random.IntN(3) {
		name := fmt.Sprintf("x_unknown_%x", c.random.Uint32())
		object[name] = []any{nil, true, "æøå", json.Number("1e3"), map[string]any{"a": []any{}}}[c.random.IntN(5)]
		names = append(names, name)
	}
	c.random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	b.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		value := c.otherTime(name, object[name])
		if name == "lastUpdated" && c.maybe() {
			name = "last_updated"
		}
		b.WriteString(strconv.Quote(name) + ":")
		c.write(b, value)
	}
	b.WriteByte('}')
}

// saysNothing reports whether a member may as well be absent: a default, or
// something that is for people.
func saysNothing(name string, value any) bool {
	switch name {
	case "owner_organization_name", "consumer_organization_name", "organization_name", "last_updated":
		return true
	case "sso_disabled", "isFieldError": // whose default isn't false everywhere, or is part of errors
		return false
	}
	return value == false || value == json.Number("0") && strings.HasSuffix(name, "max_age")
}

// otherTime writes the same moment with other digits, or in another zone.
func (c *Chaos) otherTime(name string, value any) any {
	text, ok := value.(string)
	if !ok || name != "created" && name != "last_updated" && name != "lastUpdated" {
		return value
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return value
	}
	if c.maybe() {
		t = t.In(time.FixedZone("", 60*60))
	}
	layout := "2006-01-02T15:04:05.000Z07:00"
	if extra := c.random.IntN(7); extra > 0 {
		layout = strings.Replace(layout, ".000", ".000"+strings.Repeat("0", extra), 1)
	}
	return t.Format(layout)
}
