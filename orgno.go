package maskinporten

import "fmt"

// OrgNo is a Norwegian organisation number: nine digits, of which the first
// isn't 0 and the last checks the others (mod-11). Make one with [ParseOrgNo];
// calls check every OrgNo again before it reaches a URL or a grant, since a
// conversion such as OrgNo("..") skips the parser.
type OrgNo string

// iso6523Prefix is the code of the Norwegian register of legal entities
// among the identifiers of ISO 6523.
const iso6523Prefix = "0192:"

var orgNoWeights = [8]int{3, 2, 7, 6, 5, 4, 3, 2}

// ParseOrgNo reads nine digits, or the ISO 6523 form "0192:" and nine
// digits, as tokens carry it. Anything else, blanks included, is an error.
func ParseOrgNo(s string) (OrgNo, error) {
	digits := s
	if len(s) == len(iso6523Prefix)+9 && s[:len(iso6523Prefix)] == iso6523Prefix {
		digits = s[len(iso6523Prefix):]
	}
	o := OrgNo(digits)
	if err := o.Check(); err != nil {
		return "", err
	}
	return o, nil
}

// Check tells what is wrong with o, or nil. The error is
// [ErrInvalidArgument].
func (o OrgNo) Check() error {
	if len(o) != 9 {
		return orgNoError(o, "an organisation number has nine digits")
	}
	if o[0] == '0' {
		return orgNoError(o, "no organisation number begins with 0")
	}
	sum := 0
	for i := range 9 {
		if o[i] < '0' || o[i] > '9' {
			return orgNoError(o, "an organisation number has nine digits")
		}
		if i < 8 {
			sum += int(o[i]-'0') * orgNoWeights[i]
		}
	}
	check := (11 - sum%11) % 11 // 10 has no digit: no such number is ever given out
	if check != int(o[8]-'0') {
		return orgNoError(o, "the last digit doesn't fit the others (mod-11): mistyped?")
	}
	return nil
}

// Valid reports whether o is a well-formed organisation number.
func (o OrgNo) Valid() bool { return o.Check() == nil }

// ISO6523 returns the form that tokens and system users carry: "0192:" and
// the nine digits.
func (o OrgNo) ISO6523() string { return iso6523Prefix + string(o) }

// orgNoError quotes what was given, but not all of a value that is too long
// to be a slip of the hand.
func orgNoError(o OrgNo, problem string) error {
	shown := string(o)
	if len(shown) > 32 {
		shown = shown[:32] + "…"
	}
	return &ArgumentError{Argument: "organisation number", Problem: fmt.Sprintf("%q: %s", shown, problem)}
}
