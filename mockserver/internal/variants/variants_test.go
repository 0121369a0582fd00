package variants_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

func TestEachRowStandsForItsVariant(t *testing.T) {
	t.Parallel()
	for i, row := range variants.Rows() {
		if int(row.Variant) != i {
			t.Errorf("%s is row %d, but variant %d", row.Name, i, row.Variant)
		}
		for value, has := range map[string]bool{row.Default: false, row.Other: true} {
			choice := check.Got(variants.Choice{}.With(row.Name, value))(t)
			got := choice.Over(0)
			if got.Has(row.Variant) != has || got.Values()[row.Name] != value {
				t.Errorf("%s=%s gives %v", row.Name, value, got.Values())
			}
			if !choice.Over(^variants.Set(0)).Has((row.Variant + 1) % variants.Variant(len(variants.Rows()))) {
				t.Errorf("%s=%s changes another", row.Name, value)
			}
		}
	}
}

func TestChoicesAreWrittenWithCommas(t *testing.T) {
	t.Parallel()
	choice := check.Got(variants.Choice{}.Parse("empty-lists=error, x5c=chain,empty-lists=ok"))(t)
	want := variants.Set(0).Values()
	want["x5c"] = "chain"
	check.Same(t, want, choice.Over(0).Values())
	if choice.Over(1 << variants.EmptyListsError).Has(variants.EmptyListsError) {
		t.Error("a default that was chosen by name gives way to what was drawn")
	}
}

func TestUnknownNamesAndValuesAreNamedWithThoseThatThereAre(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                  "no variant such as empty-lists=error",
		"empty-lists":       "no variant such as empty-lists=error",
		"empty=error":       `there is no variant "empty": use empty-lists, statuses`,
		"x5c=leaf":          `x5c: "leaf" is unknown: use leaf-or-chain (the default) or chain`,
		"x5c=chain,":        "no variant such as",
		"Empty-Lists=error": "there is no variant",
	} {
		if _, err := (variants.Choice{}).Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestChaosDrawsThoseThatShapeAnswers(t *testing.T) {
	t.Parallel()
	var drawn, always variants.Set
	always--
	for seed := range uint64(64) {
		s := variants.Drawn(rand.New(rand.NewPCG(seed, 0))) //nolint:gosec // reproducible on purpose
		drawn, always = drawn|s, always&s
	}
	for _, row := range variants.Rows() {
		if drawn.Has(row.Variant) != row.Drawn || always.Has(row.Variant) {
			t.Errorf("%s: drawn %v", row.Name, drawn.Has(row.Variant))
		}
	}
}

func TestNilSourceIsTheDefault(t *testing.T) {
	t.Parallel()
	if variants.Source(nil).Has(variants.X5cChain) {
		t.Error("it has one")
	}
}
