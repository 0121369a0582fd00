package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/maskinporten-go/maskinporten"
)

// keyFolderOf is a folder with the private keys of clients: CLIENT_ID.jwk is the one
// in use, CLIENT_ID.new.jwk one that isn't proved yet.
type keyFolderOf string

func (f keyFolderOf) inUse(id string) string { return filepath.Join(string(f), id+".jwk") }
func (f keyFolderOf) fresh(id string) string { return filepath.Join(string(f), id+".new.jwk") }

// store keeps a new key.
func (f keyFolderOf) store(_ context.Context, id string, key *maskinporten.Key) error {
	data, err := key.MarshalJWK()
	if err != nil {
		return err
	}
	return replace(f.fresh(id), data)
}

// begun is a key that was kept, and isn't in use yet; nil if there is none.
func (f keyFolderOf) begun(id string) (*maskinporten.Key, error) { return load(f.fresh(id)) }

// last is the key that was kept last, be it in use or not; nil if there is none.
func (f keyFolderOf) last(_ context.Context, id string) (*maskinporten.Key, error) {
	key, err := f.begun(id)
	if key == nil && err == nil {
		return load(f.inUse(id))
	}
	return key, err
}

// switchTo takes a key into use: programs that read the file get the new one from
// now on. When a rotation is run again, it may be in use already.
func (f keyFolderOf) switchTo(_ context.Context, id string, key *maskinporten.Key) error {
	fresh, err := f.begun(id)
	switch {
	case err != nil:
		return err
	case fresh != nil && fresh.KeyID() == key.KeyID():
		return os.Rename(f.fresh(id), f.inUse(id))
	}
	used, err := load(f.inUse(id))
	if err == nil && (used == nil || used.KeyID() != key.KeyID()) {
		err = fmt.Errorf("%s is gone, which held the new key", f.fresh(id))
	}
	return err
}

func load(name string) (*maskinporten.Key, error) {
	data, err := os.ReadFile(name) //nolint:gosec // in the folder that the user names
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // there is none
	}
	if err != nil {
		return nil, err
	}
	key, err := maskinporten.LoadKey(data, maskinporten.KeyOptions{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return key, nil
}
