// Package orgno knows Norwegian organisation numbers. The SDK has a check of
// its own: a fault in one of the two must not be hidden by the same in the
// other.
package orgno

import "strings"

// The form in which tokens and system users name organisations (ISO 6523).
const (
	Authority = "iso6523-actorid-upis"
	scheme    = "0192:"
)

const length = 9

// weights are those of the first eight digits (mod 11).
var weights = [length - 1]int{3, 2, 7, 6, 5, 4, 3, 2}

// Valid reports whether a text is nine digits of which the first isn't 0 and the
// last checks the others.
func Valid(text string) bool {
	if len(text) != length || text[0] == '0' {
		return false
	}
	sum := 0
	for i := range length {
		digit := int(text[i] - '0')
		if digit > 9 {
			return false
		}
		if i < len(weights) {
			sum += digit * weights[i]
		}
	}
	return (11-sum%11)%11 == int(text[length-1]-'0') // a remainder of 1 has no digit
}

// Qualified is a number with its scheme: "0192:991825827".
func Qualified(number string) string { return scheme + number }

// FromQualified takes the scheme off again; false if what is left is no valid
// number.
func FromQualified(id string) (number string, ok bool) {
	number, ok = strings.CutPrefix(id, scheme)
	return number, ok && Valid(number)
}
