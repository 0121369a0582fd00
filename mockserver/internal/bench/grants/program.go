package grants

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver"
)

// Program is a server that runs as a process of its own.
type Program struct {
	// Ready is the first line that it printed.
	Ready []byte
	// Process is its number.
	Process int

	command *exec.Cmd
	output  io.Closer
}

// Run starts a program, and returns when it has printed its first line. It ends
// with the context, or with Stop.
func Run(ctx context.Context, name string, arguments ...string) (*Program, error) {
	return run(exec.CommandContext(ctx, name, arguments...)) //nolint:gosec // benchmarks build it
}

// RunOnOneCore is Run for a program that gets one core to itself, as far as the
// machine has taskset, and in any case no more than one at a time.
func RunOnOneCore(ctx context.Context, name string, arguments ...string) (*Program, error) {
	arguments = append([]string{name}, arguments...)
	if taskset, err := exec.LookPath("taskset"); err == nil {
		arguments = append([]string{taskset, "-c", firstCore()}, arguments...)
	}
	command := exec.CommandContext(ctx, arguments[0], arguments[1:]...) //nolint:gosec // benchmarks build it
	command.Env = append(os.Environ(), "GOMAXPROCS=1")
	return run(command)
}

func run(command *exec.Cmd) (*Program, error) {
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	p := &Program{Process: command.Process.Pid, command: command, output: output}
	if p.Ready, err = bufio.NewReaderSize(output, 64<<10).ReadBytes('\n'); err != nil {
		p.Stop()
		return nil, fmt.Errorf("%s: it is not ready: %w", command, err)
	}
	return p, nil
}

// Client is the one of a program that prints a [mockserver.Ready].
func (p *Program) Client() (*Client, error) {
	var ready mockserver.Ready
	if err := json.Unmarshal(p.Ready, &ready); err != nil {
		return nil, err
	}
	return Of(ready)
}

// Stop ends the program.
func (p *Program) Stop() {
	_ = p.command.Process.Kill() // it may have ended
	_ = p.output.Close()
	_ = p.command.Wait() // killed, as wanted
}

// firstCore is one that this process may run on.
func firstCore() string {
	status, err := os.ReadFile("/proc/self/status")
	if found := regexp.MustCompile(`(?m)^Cpus_allowed_list:\s*(\d+)`).FindSubmatch(status); err == nil && found != nil {
		return string(found[1])
	}
	return "0"
}

// Serve is a program that serves a handler, made for a base address such as
// http://127.0.0.1:4000, on the loopback interface. First it prints where it is,
// and the credentials of the mock's default world. It goes on until it is
// killed.
func Serve(stdout io.Writer, handler func(base string) (http.Handler, error)) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // nothing to wait for
	if err != nil {
		return err
	}
	base := "http://" + listener.Addr().String()
	made, err := handler(base)
	if err != nil {
		return err
	}
	ready, err := ReadyAt(base)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: made, ReadHeaderTimeout: time.Minute}
	if err := json.NewEncoder(stdout).Encode(ready); err != nil { // the listener has a queue
		return err
	}
	return server.Serve(listener)
}

// ReadyAt is what the mock prints when it serves at a base address.
func ReadyAt(base string) (mockserver.Ready, error) {
	server, err := mockserver.New()
	if err != nil {
		return mockserver.Ready{}, err
	}
	return server.Ready(base)
}
