//go:build !linux

package mockprogram

import (
	"net/netip"
	"strconv"
)

// runningAddresses are those on which other processes of this program listen, where
// the system tells.
func runningAddresses() []netip.AddrPort { return nil }

// healthDefault tells in the help where health looks.
func healthDefault() string { return strconv.Itoa(defaultPort) }
