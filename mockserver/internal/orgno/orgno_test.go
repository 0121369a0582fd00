package orgno_test

import (
	"fmt"
	"testing"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/orgno"
)

func TestTheNinthDigitChecksTheOthers(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"991825827", "889640782", "910753614", "974760673"} {
		if !orgno.Valid(good) {
			t.Errorf("%s is refused", good)
		}
		for last := range 10 {
			if other := fmt.Sprint(good[:8], last); other != good && orgno.Valid(other) {
				t.Errorf("%s is taken", other)
			}
		}
	}
}

func TestWhatHasNoCheckDigitIsNoNumber(t *testing.T) {
	t.Parallel()
	for last := range 10 { // the sum leaves 1, for which there is no digit
		if bad := fmt.Sprint("40000000", last); orgno.Valid(bad) {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestNoNumberBeginsWithZero(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"000000000", "012345674"} { // the last digit fits
		if orgno.Valid(bad) {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestOnlyNineDigitsAreANumber(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "..", "99182582", "9918258270", "99182582a", "991 825 827", "0192:991825827", "99182582٧", "-91825827", "/91825827", ":91825827"} {
		if orgno.Valid(bad) {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestQualifiedNumbersHaveTheirScheme(t *testing.T) {
	t.Parallel()
	if got := orgno.Qualified("991825827"); got != "0192:991825827" {
		t.Error(got)
	}
	if number, ok := orgno.FromQualified("0192:991825827"); !ok || number != "991825827" {
		t.Error(number, ok)
	}
	for _, bad := range []string{"", "991825827", "0191:991825827", "0192:", "0192:123456789", "0192:0192:991825827"} {
		if _, ok := orgno.FromQualified(bad); ok {
			t.Errorf("%q is taken", bad)
		}
	}
}
