package mockserver_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func TestTheReadyLineIsWhatAnEncoderWrites(t *testing.T) {
	t.Parallel()
	ready := check.Got(mockserver.Start(t, mockserver.WithControl()).Ready("http://localhost:8080"))(t)
	ready.Credentials = append(ready.Credentials, mockserver.ReadyCredentials{Role: `"jwk":null`}) // without a key
	var want, got bytes.Buffer
	check.OK(t, json.NewEncoder(&want).Encode(ready))
	check.Got(ready.WriteTo(&got))(t)
	check.Same(t, want.String(), got.String())
}
