package main

import (
	"errors"
	"fmt"
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

// save writes a file whole, or leaves what was there.
func save(name string, data []byte) (err error) {
	file, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("the snapshot was not written: %w", err)
	}
	_, err = file.Write(data)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), name)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("the snapshot was not written: %w", err), os.Remove(file.Name()))
	}
	return nil
}
