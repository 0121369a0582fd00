package portal

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
)

const (
	// passwordRounds is low on purpose: the passwords are those of tests.
	passwordRounds    = 1000
	minPasswordLength = 8
	saltSize          = 16
)

func hashPassword(password string, salt []byte) ([]byte, error) {
	return pbkdf2.Key(sha256.New, password, salt, passwordRounds, sha256.Size)
}

// digest is how tokens of cookies and links are kept: a dump of the state
// gives none away.
func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
