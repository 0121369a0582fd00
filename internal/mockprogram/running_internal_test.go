package mockprogram

import (
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWhereTheSystemDoesNotTellProgramsNoteWhereTheyListen is about macOS and
// Windows; what the note says is the same everywhere.
func TestWhereTheSystemDoesNotTellProgramsNoteWhereTheyListen(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "notes")
	if got := noted(dir); got != nil {
		t.Errorf("before: %v", got)
	}
	forget, err := note(dir, &net.TCPAddr{IP: net.IPv4zero, Port: 4711})
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(dir, strconv.Itoa(os.Getpid()))
	if got := noted(dir); got != nil {
		t.Errorf("a process finds itself: %v", got)
	}
	text, err := os.ReadFile(own)
	if err != nil {
		t.Fatal(err)
	}
	ended := exec.CommandContext(t.Context(), self, "-test.run=^$")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	parent, gone := filepath.Join(dir, strconv.Itoa(os.Getppid())), filepath.Join(dir, strconv.Itoa(ended.Process.Pid))
	for file, text := range map[string]string{
		parent: string(text), gone: string(text), filepath.Join(dir, "1"): "127.0.0.1:80\n/another/program\n", filepath.Join(dir, "notes.txt"): "mine",
	} {
		if err := os.WriteFile(file, []byte(text), ownFile); err != nil {
			t.Fatal(err)
		}
	}
	want := []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:4711")}
	if diff := cmp.Diff(want, noted(dir), cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	if _, err := os.Stat(gone); !os.IsNotExist(err) {
		t.Errorf("the note of a process that has ended is still there: %v", err)
	}
	if forget(); len(noted(dir)) != 1 {
		t.Error("forgetting removed another's note")
	}
	if _, err := os.Stat(own); !os.IsNotExist(err) {
		t.Errorf("it isn't forgotten: %v", err)
	}
}

func TestAProgramWithoutAPlaceForNotesStarts(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, ownFile); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"", filepath.Join(file, "below")} {
		forget, _ := note(dir, &net.TCPAddr{Port: 1})
		forget()
		if got := noted(dir); got != nil {
			t.Errorf("%q: %v", dir, got)
		}
	}
}
