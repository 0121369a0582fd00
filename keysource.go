package maskinporten

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// KeySource gives the key to sign with, at each grant. [*Key] is one that
// never changes, [*KeyFile] one that follows a file.
type KeySource interface {
	Key(ctx context.Context) (*Key, error)
}

// KeyFile is a key in a file that is read again when the file changes, as
// when a secret is rotated under a running program. Make one with
// [NewKeyFile].
type KeyFile struct {
	path  string
	parse func([]byte) (*Key, error)

	mu      sync.Mutex
	key     *Key
	size    int64
	changed time.Time
}

// NewKeyFile reads a key from a file: a JWK, or PEM for which kid is the kid
// (see [KeyFromPEM]).
func NewKeyFile(path, kid string) (*KeyFile, error) {
	return newKeyFile(path, func(data []byte) (*Key, error) { return parseKeyFile(data, kid) })
}

// NewPKCS12File reads a business certificate from a file (see
// [KeyFromPKCS12]). The password is asked for at each reading.
func NewPKCS12File(path string, password func() (string, error)) (*KeyFile, error) {
	return newKeyFile(path, func(data []byte) (*Key, error) {
		secret, err := password()
		if err != nil {
			return nil, err
		}
		return KeyFromPKCS12(data, secret)
	})
}

func newKeyFile(path string, parse func([]byte) (*Key, error)) (*KeyFile, error) {
	f := &KeyFile{path: path, parse: parse}
	if _, err := f.Key(context.Background()); err != nil {
		return nil, err
	}
	return f, nil
}

// Key returns the key as the file has it now. While the file cannot be read,
// or is half written, the last good key goes on.
func (f *KeyFile) Key(context.Context) (*Key, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.path)
	if err == nil && f.key != nil && info.Size() == f.size && info.ModTime().Equal(f.changed) {
		return f.key, nil
	}
	if err == nil {
		err = f.read(info)
	}
	if f.key == nil {
		return nil, fmt.Errorf("maskinporten: key file %s: %w", f.path, err)
	}
	return f.key, nil
}

func (f *KeyFile) read(info fs.FileInfo) error {
	if info.Size() > maxKeyFile {
		return keyError("is larger than %d bytes", maxKeyFile)
	}
	data, err := os.ReadFile(f.path)
	if err != nil {
		return err
	}
	key, err := f.parse(data)
	if err != nil {
		return err
	}
	f.key, f.size, f.changed = key, info.Size(), info.ModTime()
	return nil
}
