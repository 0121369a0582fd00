// Package keyfile reads what people keep private keys in, and finds the
// certificates that belong to a key. Its errors say what is wrong with the
// file and what to do, and never quote what is secret in it.
//
// [Read] takes a key in whatever form and disguise it comes; [FromJWK],
// [FromPEM] and [FromPKCS12] take one form each, as it is.
package keyfile

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"fmt"
	"strings"
	"time"
)

// MaxSize bounds what is looked at; real files are some KiB.
const MaxSize = 1 << 20

// File is what a file was found to be. It is told as far as it is known,
// also where no key could be read.
type File struct {
	// Format is the form in which the key is kept: "JWK", "PEM (PKCS#8)".
	Format string
	// Disguises are what stood around that: "in base64", the innermost first.
	Disguises []string
	// Key is nil where none could be read.
	Key *Key
}

// Key is a private key, and what stands beside it.
type Key struct {
	// Signer is a *rsa.PrivateKey, without primes where the file has none; or
	// a key of another kind, for the caller to refuse.
	Signer crypto.Signer
	// Certificates are those of the file, as they stand in it, and Unreadable
	// how many more there are that can't be read.
	Certificates []*x509.Certificate
	Unreadable   int
	// KeyID, Algorithm, Use and Expires are what a JWK says of itself.
	KeyID, Algorithm, Use string
	Expires               time.Time

	format string
}

// Options are what reading a file may need.
type Options struct {
	// Password opens PKCS#12.
	Password string
	// Name picks one of several keys: the kid in a JWK set, the friendly name
	// (Java's alias) in PKCS#12.
	Name string
}

// Read reads a key from whatever people keep it in: a JWK, a set of them, PEM,
// DER, PKCS#12, and base64 of any of these; with a byte order mark, quotes or
// blanks around it, and line breaks of any kind.
func Read(data []byte, options Options) (File, error) {
	if err := tooLarge(data); err != nil {
		return File{}, err
	}
	plain, disguises, err := unwrap(data)
	file := File{Format: formatOf(plain), Disguises: disguises}
	if err != nil {
		return file, err
	}
	switch kindOf(plain) {
	case kindJSON:
		file.Key, err = readJWK(plain, options.Name)
	case kindPEM:
		file.Key, err = readPEM(plain)
	case kindDER:
		file.Key, err = readDER(plain, options)
	default:
		err = unknown(plain)
	}
	if file.Key != nil {
		file.Format = file.Key.format
	}
	return file, err
}

// Unwrap takes off what stands around a key (see [Read]), which may be a
// public one.
func Unwrap(data []byte) ([]byte, error) {
	if err := tooLarge(data); err != nil {
		return nil, err
	}
	plain, _, err := unwrap(data)
	return plain, err
}

func tooLarge(data []byte) error {
	if len(data) > MaxSize {
		return fmt.Errorf("is larger than %d bytes: that is no key", MaxSize)
	}
	return nil
}

// addCertificate keeps a certificate if it can be read. One that can't be is
// no matter until it is missed.
func (k *Key) addCertificate(der []byte) {
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		k.Unreadable++
		return
	}
	k.Certificates = append(k.Certificates, certificate)
}

// exactly reads one form, and refuses another, or a disguise of it, by name.
func exactly(data []byte, want kind, name string, read func([]byte) (*Key, error)) (*Key, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("is larger than %d bytes: that is no %s", MaxSize, strings.TrimPrefix(name, "a "))
	}
	var err error
	if (kindOf(data) == want || kindOf(bytes.TrimSpace(data)) == want) && !isUTF16(data) {
		var key *Key
		if key, err = read(data); err == nil {
			return key, nil
		}
	}
	plain, _, failed := unwrap(data)
	found := kindOf(plain)
	switch {
	case failed != nil:
		return nil, failed
	case len(plain) == 0:
		return nil, unknown(plain)
	case found == kindUnknown:
		return nil, fmt.Errorf("is not %s: %w", name, unknown(plain))
	case found != want:
		return nil, fmt.Errorf("this is %s, not %s: use LoadKey, which takes either", found, name)
	}
	if _, failed = read(plain); failed == nil || err == nil {
		return nil, fmt.Errorf("this is %s in a disguise (base64, quotes, a byte order mark, \\n for line breaks): use LoadKey, which looks through it", name)
	}
	return nil, err
}
