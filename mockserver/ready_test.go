package mockserver_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/mockserver"
)

func TestTheReadyLineIsWhatAnEncoderWrites(t *testing.T) {
	t.Parallel()
	ready := must[mockserver.Ready](t)(mockserver.Start(t, mockserver.WithControl()).Ready("http://localhost:8080"))
	ready.Credentials = append(ready.Credentials, mockserver.ReadyCredentials{Role: `"jwk":null`}) // without a key
	var want, got bytes.Buffer
	if err := json.NewEncoder(&want).Encode(ready); err != nil {
		t.Fatal(err)
	}
	if _, err := ready.WriteTo(&got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), got.String()); diff != "" {
		t.Error(diff)
	}
}
