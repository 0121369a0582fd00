package mockprogram

import (
	"bytes"
	"encoding/hex"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// tellAddress has nothing to do: the system tells.
func tellAddress(net.Addr) (forget func(), err error) { return func() {}, nil }

// runningAddresses are those on which other processes of this very program
// listen, as Linux tells. Whatever can't be read is passed over.
func runningAddresses() []netip.AddrPort {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return nil
	}
	var addresses []netip.AddrPort
	processes, _ := filepath.Glob("/proc/[0-9]*") // the pattern is sound
	for _, process := range processes {
		exe, err := os.Readlink(filepath.Join(process, "exe"))
		if err != nil || exe != self || filepath.Base(process) == strconv.Itoa(os.Getpid()) {
			continue
		}
		addresses = append(addresses, addressesOf(process)...)
	}
	return addresses
}

// addressesOf are those on which a process listens.
func addressesOf(process string) (addresses []netip.AddrPort) {
	sockets := map[string]bool{}
	files, _ := filepath.Glob(filepath.Join(process, "fd", "*")) // likewise
	for _, file := range files {
		target, _ := os.Readlink(file) // one that is gone is no socket
		if inode, ok := strings.CutPrefix(target, "socket:["); ok {
			sockets[strings.TrimSuffix(inode, "]")] = true
		}
	}
	for _, table := range []string{"tcp", "tcp6"} {
		text, _ := os.ReadFile(filepath.Join(process, "net", table)) //nolint:gosec // a table of the kernel; without IPv6 one is missing
		for row := range bytes.Lines(text) {
			// sl local_address rem_address st … inode
			const local, state, inode, listening = 1, 3, 9, "0A"
			fields := strings.Fields(string(row))
			if len(fields) <= inode || fields[state] != listening || !sockets[fields[inode]] {
				continue
			}
			if address, ok := socketAddress(fields[local]); ok {
				addresses = append(addresses, address)
			}
		}
	}
	return addresses
}

// socketAddress reads an address as the tables of the kernel have it: in hex, each
// four bytes the wrong way round.
func socketAddress(text string) (netip.AddrPort, bool) {
	hexHost, hexPort, _ := strings.Cut(text, ":")
	host, err := hex.DecodeString(hexHost)
	port, errPort := strconv.ParseUint(hexPort, 16, 16)
	if err != nil || errPort != nil {
		return netip.AddrPort{}, false
	}
	for word := range slices.Chunk(host, 4) {
		slices.Reverse(word)
	}
	address, ok := netip.AddrFromSlice(host)
	return reachable(netip.AddrPortFrom(address, uint16(port))), ok
}
