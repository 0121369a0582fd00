package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/maskinporten-go/maskinporten/mockserver"
)

// seed are the options that make the server start with the world in a file.
func seed(name string) ([]mockserver.Option, error) {
	if name == "" {
		return nil, nil
	}
	data, err := os.ReadFile(name) //nolint:gosec // whoever starts the program names it
	if err != nil {
		return nil, fmt.Errorf("-seed: %w", err)
	}
	return []mockserver.Option{mockserver.WithWorld(data)}, nil
}

// snapshot writes what the world has become.
func snapshot(name string, world []byte) error {
	if err := save(name, world, ownFile); err != nil {
		return fmt.Errorf("the snapshot was not written: %w", err)
	}
	return nil
}

// Who may read a file that the program writes.
const (
	ownFile    fs.FileMode = 0o600
	publicFile fs.FileMode = 0o644
)

// save writes a file whole, or leaves what was there.
func save(name string, data []byte, mode fs.FileMode) error {
	file, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	err = errors.Join(err, file.Chmod(mode), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), name) //nolint:gosec // whoever starts the program names it
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name())) //nolint:gosec // likewise
	}
	return nil
}
