// Command serve runs one of the servers, by name, as a program of its own.
package main

import (
	"fmt"
	"os"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/bench/grants"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/bench/peers/servers"
)

func main() {
	name := ""
	if len(os.Args) > 1 {
		name = os.Args[1]
	}
	handler, ok := servers.All[name]
	err := fmt.Errorf("there is no server %q", name)
	if ok {
		err = grants.Serve(os.Stdout, handler)
	}
	_, _ = fmt.Fprintln(os.Stderr, err) // the exit code tells as well
	os.Exit(1)
}
