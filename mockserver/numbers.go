package mockserver

import (
	"fmt"

	"github.com/maskinporten-go/maskinporten"
)

// orgNos is how many there are.
const orgNos = 1_000_000

// OrgNo returns a valid organisation number by number, from 0 to 999,999; what
// lies outside begins again. It is the same one always, and another for each.
// The numbers begin with 3, as those of made-up organisations do.
func OrgNo(number int) maskinporten.OrgNo {
	number = (number%orgNos + orgNos) % orgNos
	for series := 30; ; series++ { // a number in eleven has no check digit: then the next series
		for check := range 10 {
			if o := maskinporten.OrgNo(fmt.Sprintf("%d%06d%d", series, number, check)); o.Valid() {
				return o
			}
		}
	}
}
