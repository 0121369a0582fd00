// Package testkeys holds RSA keys for tests, made beforehand, because making
// one takes a tenth of a second. The keys are public, like this source: they
// protect nothing.
//
// A key is parsed when it is first asked for, once per process; its parameters
// are there without parsing.
package testkeys

import (
	"crypto/rsa"
	"crypto/x509"
	_ "embed" // for the file of keys
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
)

//go:generate go run ./internal/generate -count 50 keys.txt

//go:embed keys.txt
var file string

// The numbers of the keys, by what they are kept for: each is the first of
// its kind.
const (
	// Issuers are 8 keys that sign tokens: two for each of four environments.
	Issuers = 0
	// Authorities are 4 keys of certificate authorities: a root and an
	// intermediate for tests, then the same for production.
	Authorities = 8
	// Admins are 6 keys of the default world's admin clients.
	Admins = 12
	// Certificates are 6 keys for business certificates that are issued
	// without a key of the caller's.
	Certificates = 18
	// Stranger is 1 key that nobody has registered and no environment signs
	// with.
	Stranger = 24
	// Free and all after it, up to TLS, are for users' tests.
	Free = 25
	// TLS are 2 keys: of the authority behind servers' certificates, and of
	// the servers.
	TLS = 48
)

// Params are the parameters of a public RSA key as RFC 7518 section 6.3.1
// writes them: base64url without padding.
type Params struct {
	N string `json:"n"`
	E string `json:"e"`
}

// exponent is that of every key here: 65537.
const exponent = "AQAB"

type entry struct {
	n          string
	parse      func() (*rsa.PrivateKey, error)
	transcribe func() ([]byte, error)
}

// entries splits the file; no key is parsed by it.
var entries = sync.OnceValue(func() []entry {
	var all []entry
	for line := range strings.Lines(file) {
		n, der, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || n == "#" {
			continue
		}
		all = append(all, entry{
			n:          n,
			parse:      sync.OnceValues(func() (*rsa.PrivateKey, error) { return parse(der) }),
			transcribe: sync.OnceValues(func() ([]byte, error) { return transcribe(n, der) }),
		})
	}
	return all
})

func parse(text string) (*rsa.PrivateKey, error) {
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("testkeys: %w", err)
	}
	key, err := x509.ParsePKCS1PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("testkeys: %w", err)
	}
	return key, nil
}

func find(number int) (entry, error) {
	all := entries()
	if number < 0 || number >= len(all) {
		return entry{}, fmt.Errorf("testkeys: there is no key number %d: they go from 0 to %d", number, len(all)-1)
	}
	return all[number], nil
}

// Count returns how many keys there are.
func Count() int { return len(entries()) }

// RSA returns the key with this number, of 0 to Count()-1; any other number
// is an error. The key is shared by the whole process: don't change it.
func RSA(number int) (*rsa.PrivateKey, error) {
	e, err := find(number)
	if err != nil {
		return nil, err
	}
	return e.parse()
}

// Public returns the public parameters of the key with this number without
// parsing it.
func Public(number int) (Params, error) {
	e, err := find(number)
	return Params{N: e.n, E: exponent}, err
}
