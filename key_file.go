package maskinporten

import (
	"context"
	"io/fs"
	"os"
	"sync"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/keyfile"
)

// KeySource gives the key to sign with, for each grant. [*Key] is one that
// never changes, [*KeyFile] one that follows a file. Implementations
// return when the context ends.
type KeySource interface {
	Key(ctx context.Context) (*Key, error)
}

// KeyFile is a key in a file that is read again when the file changes, as
// when a secret is rotated under a running program. Make one with
// [LoadKeyFile].
type KeyFile struct {
	path  string
	parse func([]byte) (*Key, error) // a function, so that fmt doesn't show the password

	mu   sync.Mutex // guards what follows; held while the file is read
	key  *Key
	read fs.FileInfo // of the file when key was read from it
	err  error
}

// LoadKeyFile reads a key from a file, as [LoadKey] does, and again whenever
// the file has changed: it may then be of another form. A password that
// changes with the file belongs in a file too, KeyOptions.PasswordFile. Where
// the kid changes with the key, keep a JWK, which carries it, and leave
// KeyOptions.KeyID empty.
func LoadKeyFile(path string, options KeyOptions) (*KeyFile, error) {
	f := &KeyFile{path: path, parse: func(data []byte) (*Key, error) { return LoadKey(data, options) }}
	if _, err := f.Key(context.Background()); err != nil {
		return nil, err
	}
	return f, nil
}

// Key returns the key as the file has it now. While the file cannot be read,
// or is half written, the last good key goes on, and Err tells why.
func (f *KeyFile) Key(context.Context) (*Key, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err = f.refresh(); f.err != nil {
		f.err = errtext.Wrap("key file "+f.path, f.err)
	}
	if f.key == nil {
		return nil, f.err
	}
	return f.key, nil
}

// Err tells why the file couldn't be read when its key was asked for last, or
// nil. A program that runs for long may want to watch it: the file will be
// needed when it starts again.
func (f *KeyFile) Err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// refresh reads the file if it isn't the one that was read before.
func (f *KeyFile) refresh() error {
	info, err := os.Stat(f.path)
	switch {
	case err != nil:
		return err
	case f.key != nil && os.SameFile(info, f.read) && info.Size() == f.read.Size() && info.ModTime().Equal(f.read.ModTime()):
		return nil
	case !info.Mode().IsRegular():
		return keyError("is no regular file")
	case info.Size() > keyfile.MaxSize:
		return keyError("is larger than %d bytes", keyfile.MaxSize)
	}
	data, err := os.ReadFile(f.path)
	if err != nil {
		return err
	}
	key, err := f.parse(data)
	if err != nil {
		return err
	}
	f.key, f.read = key, info
	return nil
}
