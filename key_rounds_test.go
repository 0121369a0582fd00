package maskinporten_test

import (
	"bytes"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/maskinporten-go/maskinporten"
)

// A file that asks for 8 million rounds, in whatever place, is refused before
// any is made: the password, which is wrong here, is never tried.
func TestAPKCS12FileThatAsksForMillionsOfRoundsIsRefused(t *testing.T) {
	t.Parallel()
	private := privateKey(t, "one")
	chain := testChain(t, &private.PublicKey)
	few, many := []byte{2, 3, 1, 0, 3}, []byte{2, 3, 0x7f, 0xff, 0xff} // as DER
	for name, encoder := range map[string]*pkcs12.Encoder{
		"Modern2026": pkcs12.Modern2026, "Modern2023": pkcs12.Modern2023, "LegacyDES": pkcs12.LegacyDES, "LegacyRC2": pkcs12.LegacyRC2,
	} {
		data, err := encoder.WithIterations(65539).Encode(private, chain[0], chain[1:], "hush")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := maskinporten.KeyFromPKCS12(data, "hush"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		places := 0
		for at := 0; ; places++ {
			next := bytes.Index(data[at:], few)
			if next < 0 {
				break
			}
			at += next
			hostile := bytes.Clone(data)
			copy(hostile[at:], many)
			if _, err := maskinporten.KeyFromPKCS12(hostile, "wrong"); err == nil || !strings.Contains(err.Error(), "5000000 rounds") {
				t.Errorf("%s, place %d: %v", name, places, err)
			}
			at++
		}
		if places != 3 { // the MAC, the certificates, the key
			t.Errorf("%s: %d places", name, places)
		}
	}
}
