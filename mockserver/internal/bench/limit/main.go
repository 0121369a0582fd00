// Command limit is a token endpoint that does nothing but what none can do
// without: it verifies one RSA signature, makes another and answers. No server
// in Go gives tokens faster.
package main

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/bench/grants"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

func main() {
	if err := grants.Serve(os.Stdout, handler); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err) // the exit code tells as well
		os.Exit(1)
	}
}

// handler answers as long as a token is.
func handler(string) (http.Handler, error) {
	key, err := testkeys.RSA(testkeys.Free)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256([]byte("a grant"))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	if err != nil {
		return nil, err
	}
	answer := []byte(`{"access_token":"` + strings.Repeat("t", 800) + `","token_type":"Bearer","expires_in":120}`)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		if err == nil {
			err = rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], signature)
		}
		if err == nil {
			_, err = rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer) // whoever has gone away wants no answer
	}), nil
}
