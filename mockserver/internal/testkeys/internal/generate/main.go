// Command generate writes the file of RSA test keys that package testkeys
// embeds. Keys that the file holds already are kept, in their order, so that
// a number goes on meaning the same key.
package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"flag"
	"fmt"
	"os"
	"strings"
)

const header = `# RSA TEST KEYS. THEY ARE PUBLIC: everybody who has this source has them.
# Never trust them with anything. 2048 bits each, one a line, numbered from 0:
# the modulus in base64url, then PKCS #1 DER in base64.
# Written by internal/generate, which adds lines and never changes one.
`

func main() {
	count := flag.Int("count", 50, "how many keys the file shall hold")
	flag.Parse()
	if err := run(flag.Arg(0), *count); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(file string, count int) error {
	lines, err := existing(file)
	if err != nil {
		return err
	}
	for len(lines) < count {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return err
		}
		lines = append(lines, base64.RawURLEncoding.EncodeToString(key.N.Bytes())+" "+
			base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PrivateKey(key)))
	}
	return os.WriteFile(file, []byte(header+strings.Join(lines, "\n")+"\n"), 0o600)
}

func existing(file string) ([]string, error) {
	text, err := os.ReadFile(file) //nolint:gosec // the file that the developer names
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines, nil
}
