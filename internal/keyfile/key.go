package keyfile

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"strings"
	"time"
)

// MaxSize bounds what is looked at; real files are some KiB.
const MaxSize = 1 << 20

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

// errEncrypted says how a key is decrypted that this room does not open.
func errEncrypted(what, flags string) error {
	return fmt.Errorf("this is an encrypted %s: decrypt it with openssl pkey -in FILE%s -out key.pem, or put it into PKCS#12", what, flags)
}

// list quotes names, which are not secret, as far as there is room.
func list(names []string) string {
	const most = 5
	var quoted []string
	for _, name := range names[:min(len(names), most)] {
		quoted = append(quoted, fmt.Sprintf("%.40q", name))
	}
	if len(names) > most {
		quoted = append(quoted, "…")
	}
	if len(quoted) == 0 {
		return "none"
	}
	return strings.Join(quoted, ", ")
}
