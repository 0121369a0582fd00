package mockprogram

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// note says in a file named after the process that this program listens on an
// address, until forget is called.
func note(dir string, address net.Addr) (forget func(), err error) {
	self, err := os.Executable()
	if err != nil || dir == "" {
		return func() {}, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return func() {}, err
	}
	file := filepath.Join(dir, strconv.Itoa(os.Getpid()))
	err = os.WriteFile(file, []byte(address.String()+"\n"+self+"\n"), ownFile)
	return func() { _ = os.Remove(file) }, err // health passes over one that is left
}

// noted are the addresses on which other processes of this very program said that
// they listen. What a process left behind that has ended is removed.
func noted(dir string) []netip.AddrPort {
	self, err := os.Executable()
	files, _ := os.ReadDir(dir) // without one nobody listens
	if err != nil || dir == "" {
		return nil
	}
	var addresses []netip.AddrPort
	for _, entry := range files {
		process, err := strconv.Atoi(entry.Name())
		if err != nil || process == os.Getpid() {
			continue
		}
		file := filepath.Join(dir, entry.Name())
		if !lives(process) {
			_ = os.Remove(file) // somebody else did
			continue
		}
		text, err := os.ReadFile(file) //nolint:gosec // one of ours
		address, program, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
		parsed, errAddress := netip.ParseAddrPort(address)
		if errors.Join(err, errAddress) == nil && program == self {
			addresses = append(addresses, reachable(parsed))
		}
	}
	return addresses
}

// lives reports whether there is such a process.
func lives(process int) bool {
	found, err := os.FindProcess(process)
	if err != nil {
		return false
	}
	defer func() { _ = found.Release() }()
	return runtime.GOOS == "windows" || !errors.Is(found.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

// reachable is an address at which a program of this machine reaches another that
// listens on one.
func reachable(address netip.AddrPort) netip.AddrPort {
	host := address.Addr().Unmap()
	if host.IsUnspecified() {
		host = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return netip.AddrPortFrom(host, address.Port())
}
