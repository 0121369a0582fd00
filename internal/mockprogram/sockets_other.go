//go:build !linux

package mockprogram

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
)

// notesDir is where programs of this user note on which address they listen, where
// the system doesn't tell. Empty: the user has no such place.
func notesDir() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(cache, "maskinporten-mock")
}

// tellAddress notes where this program listens, as the system doesn't tell others.
func tellAddress(address net.Addr) (forget func(), err error) { return note(notesDir(), address) }

// runningAddresses are those on which other processes of this program listen.
func runningAddresses() []netip.AddrPort { return noted(notesDir()) }
