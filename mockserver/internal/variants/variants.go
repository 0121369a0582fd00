// Package variants names the points on which sources disagree about the real
// service, and says for each which of two ways the mock goes.
package variants

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Variant is the other way to go, in one of the places.
type Variant uint8

// The variants. Each is named after its row in the table, name and value.
const (
	// EmptyListsError answers 404 for lists that hold nothing.
	EmptyListsError Variant = iota
	// StatusesCreated answers 201 and 204 for clients and keys.
	StatusesCreated
	// AccessRefusalInvalidScope answers MP-250 and MP-251 with 400.
	AccessRefusalInvalidScope
	// ErrorURILeftOut leaves error_uri out of the refusals of tokens, and has a
	// correlation id in their texts.
	ErrorURILeftOut
	// TimeRefusalsServer refuses times with the texts of the server's source.
	TimeRefusalsServer
	// GrantLifetime180 lets a grant live for 180 s, and end 10 s ago.
	GrantLifetime180
	// IatAge10s refuses grants that are older than 10 s.
	IatAge10s
	// ScopelessClientRefused refuses clients of maskinporten without scopes.
	ScopelessClientRefused
	// X5cChain refuses x5c that holds the leaf alone.
	X5cChain
	// ResourceArray refuses a resource that is a string.
	ResourceArray
)

// Row is one place with its two ways.
type Row struct {
	Name    string
	Default string
	Other   string // that of the variant
	Variant Variant
	// Drawn: chaos draws it. These shape answers; the others refuse requests
	// that work in production, and are had by name only.
	Drawn bool
}

// Rows are all there are, by their variants.
func Rows() []Row {
	return []Row{
		{"empty-lists", "ok", "error", EmptyListsError, true},
		{"statuses", "ok", "created", StatusesCreated, true},
		{"access-refusal", "forbidden", "invalid-scope", AccessRefusalInvalidScope, true},
		{"error-uri", "sent", "left-out", ErrorURILeftOut, true},
		{"time-refusals", "documented", "server", TimeRefusalsServer, true},
		{"grant-lifetime", "120", "180", GrantLifetime180, false},
		{"iat-age", "any", "10s", IatAge10s, false},
		{"scopeless-client", "accepted", "refused", ScopelessClientRefused, false},
		{"x5c", "leaf-or-chain", "chain", X5cChain, false},
		{"resource", "string-or-array", "array", ResourceArray, false},
	}
}

// Set holds variants. The zero Set is what is done by default.
type Set uint16

// Has reports whether the set holds a variant.
func (s Set) Has(v Variant) bool { return s&(1<<v) != 0 }

func (s Set) with(v Variant, on bool) Set {
	if on {
		return s | 1<<v
	}
	return s &^ (1 << v)
}

// Values are those of all rows, by their names.
func (s Set) Values() map[string]string {
	values := map[string]string{}
	for _, row := range Rows() {
		values[row.Name] = row.Default
		if s.Has(row.Variant) {
			values[row.Name] = row.Other
		}
	}
	return values
}

// Drawn is what chance makes of those variants that chaos draws.
func Drawn(random *rand.Rand) Set {
	var s Set
	for _, row := range Rows() {
		if row.Drawn {
			s = s.with(row.Variant, random.IntN(2) == 0)
		}
	}
	return s
}

// Choice is what somebody has chosen by name. The zero Choice leaves everything
// as it is.
type Choice struct{ named, values Set }

// With adds a choice to those that were made before, or changes one.
func (c Choice) With(name, value string) (Choice, error) {
	i := slices.IndexFunc(Rows(), func(r Row) bool { return r.Name == name })
	if i < 0 {
		return c, fmt.Errorf("there is no variant %.40q: use %s", name, strings.Join(names(), ", "))
	}
	row := Rows()[i]
	if value != row.Default && value != row.Other {
		return c, fmt.Errorf("%s: %.40q is unknown: use %s (the default) or %s", name, value, row.Default, row.Other)
	}
	return Choice{c.named.with(row.Variant, true), c.values.with(row.Variant, value == row.Other)}, nil
}

// Parse adds choices written as name=value, with commas between several.
func (c Choice) Parse(text string) (Choice, error) {
	for pair := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if !ok {
			return c, fmt.Errorf("%.80q is no variant such as empty-lists=error: use %s", pair, strings.Join(names(), ", "))
		}
		var err error
		if c, err = c.With(strings.TrimSpace(name), strings.TrimSpace(value)); err != nil {
			return c, err
		}
	}
	return c, nil
}

// Over is a set with what was chosen in place of what it says.
func (c Choice) Over(s Set) Set { return s&^c.named | c.values }

func names() []string {
	var all []string
	for _, row := range Rows() {
		all = append(all, row.Name)
	}
	return all
}

// Source tells which variants are in force, at any time. A nil Source is the
// default.
type Source func() Set

// Has reports whether a variant is in force.
func (s Source) Has(v Variant) bool { return s != nil && s().Has(v) }
