package journal

import (
	"strings"
	"testing"
)

// Private keys are never stored: not in the journal's memory either, where no
// caller can look.
func TestJournalStoresNoSecretsInMemory(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"keys":[{"kid":"a","d":"hidden"}]}`, `{"D" : "hidden"}`, `{"\u0064":"hidden"}`, ` {"client_secret":"hidden"}`, `[{"a":[{"password":"hidden"}]}]`,
		`assertion=hidden`, `"hidden"`, "-----BEGIN PRIVATE KEY-----\nhidden", `{"d":"hidden"`,
	} {
		if kept := string(storable([]byte(body))); strings.Contains(kept, "hidden") {
			t.Errorf("%s is kept as %s", body, kept)
		}
	}
	for _, body := range []string{`{"client_name":"shown"}`, "-----BEGIN PUBLIC KEY-----\nshown", `{"n":"shown","e":"AQAB","kid":"d"}`} {
		if kept := string(storable([]byte(body))); !strings.Contains(kept, "shown") {
			t.Errorf("%s is kept as %s", body, kept)
		}
	}
}
