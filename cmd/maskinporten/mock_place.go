package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/settings"
)

const (
	// writtenByMock is how profiles begin that a mock has written, and may write
	// again.
	writtenByMock = "# Written by `maskinporten mock`, and written anew by each that starts.\n"
	// ownedByMock is a file in the folder with such a profile's keys.
	ownedByMock = "written-by-maskinporten-mock"
)

// mayWrite refuses, before anything is written, to take the place of what is the
// user's own, and of a mock that still runs.
func mayWrite(ctx context.Context, profile, file string) error {
	const instead = "choose another name with --write-profile"
	for _, name := range []string{profile, providerProfile(profile)} {
		old, err := os.ReadFile(filepath.Join(filepath.Dir(file), name+".yaml")) //nolint:gosec // in the user's own folder
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return err
		case !bytes.HasPrefix(old, []byte(writtenByMock)):
			return fmt.Errorf("%s is a profile of your own, and was left alone: %s", filepath.Join(filepath.Dir(file), name+".yaml"), instead)
		}
		if issuer := issuerOf(old); answers(ctx, issuer) {
			return fmt.Errorf("profile %s is that of a mock that still runs, at %s: stop it, or %s", name, issuer, instead)
		}
	}
	folder := keyFolder(file)
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := os.Stat(filepath.Join(folder, ownedByMock)); err != nil && len(entries) > 0 {
		return fmt.Errorf("%s holds files of your own, and was left alone: %s", folder, instead)
	}
	return nil
}

func issuerOf(profile []byte) string {
	var values settings.Values
	_ = yaml.Load(profile, &values) // one that can't be read names none
	return values.Issuer
}

// answers reports whether something listens at an address.
func answers(ctx context.Context, address string) bool {
	at, err := url.Parse(address)
	if err != nil || at.Port() == "" {
		return false
	}
	dialer := net.Dialer{Timeout: 300 * time.Millisecond}
	conn, err := dialer.DialContext(ctx, "tcp", at.Host)
	if err != nil {
		return false
	}
	_ = conn.Close() // nothing was sent
	return true
}
