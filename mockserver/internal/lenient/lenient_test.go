package lenient_test

import (
	"errors"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/lenient"
)

func TestNilNotesRefuse(t *testing.T) {
	t.Parallel()
	var strict *lenient.Notes
	refusal := errors.New("no")
	if err := strict.Assumed(refusal); !errors.Is(err, refusal) {
		t.Errorf("got %v", err)
	}
	if texts := strict.Texts(error.Error); texts != nil {
		t.Errorf("got %v", texts)
	}
}

func TestNotesSpareAndRemember(t *testing.T) {
	t.Parallel()
	notes := &lenient.Notes{}
	if texts := notes.Texts(error.Error); texts != nil {
		t.Errorf("got %v", texts)
	}
	for _, refusal := range []error{errors.New("one"), nil, errors.New("two")} {
		if err := notes.Assumed(refusal); err != nil {
			t.Errorf("got %v", err)
		}
	}
	check.Same(t, []string{"one", "two"}, notes.Texts(error.Error))
}
