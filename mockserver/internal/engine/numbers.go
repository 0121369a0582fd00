package engine

import (
	"fmt"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/orgno"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// SampleOrgNos is how many sample organisation numbers there are.
const SampleOrgNos = 1_000_000

// SampleOrgNo returns a valid organisation number by number; what lies outside
// begins again. The numbers begin with 3, as those of made-up organisations do.
func SampleOrgNo(number int) string {
	number = (number%SampleOrgNos + SampleOrgNos) % SampleOrgNos
	for series := 30; ; series++ { // a number in eleven has no check digit: then the next series
		for check := range 10 {
			if text := fmt.Sprintf("%d%06d%d", series, number, check); orgno.Valid(text) {
				return text
			}
		}
	}
}

// FreeKeys is how many test keys there are for users.
func FreeKeys() int { return testkeys.TLS - testkeys.Free }
