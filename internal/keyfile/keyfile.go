// Package keyfile reads what people keep private keys in, and finds the
// certificates that belong to a key. Its errors say what is wrong with the
// file and what to do, and never quote what is secret in it.
//
// [Read] takes a key in whatever form and disguise it comes; [FromJWK],
// [FromPEM] and [FromPKCS12] take one form each, as it is.
package keyfile

import (
	"fmt"
)

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
