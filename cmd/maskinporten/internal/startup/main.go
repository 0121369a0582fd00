// Command startup measures how long `maskinporten token` takes from its start to its
// output, as a ratio to the shortest program that does the same with the library.
// Both take turns against one mock, so that a busy machine is busy for both.
//
//	go run -C cmd/maskinporten ./internal/startup
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver"
)

// rounds are the runs of each program.
const rounds = 60

func main() {
	if err := measure(); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err) // nobody else could be told
		os.Exit(1)
	}
}

func measure() error {
	folder, err := os.MkdirTemp("", "startup")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }() // it is temporary
	for name, source := range map[string]string{"program": ".", "sdk": "./internal/startup/sdk"} {
		if out, err := exec.Command("go", "build", "-o", filepath.Join(folder, name), source).CombinedOutput(); err != nil { //nolint:gosec,noctx // our own
			return fmt.Errorf("%s: %w: %s", source, err, out)
		}
	}
	srv, err := mockserver.New()
	if err != nil {
		return err
	}
	defer func() { _ = srv.Close() }() // it ends with the program
	app := srv.App(srv.AddOrganization("889640782", "Consumer"), "difi:weather.read")
	private, err := app.Key.MarshalJWK()
	if err != nil {
		return err
	}
	key := filepath.Join(folder, "key.jwk")
	if err := os.WriteFile(key, private, 0o600); err != nil {
		return err
	}
	issuer := srv.URL() + "/"
	commands := [][]string{
		{filepath.Join(folder, "program"), "token", "--issuer", issuer, "--client-id", app.ClientID, "--key", key, "difi:weather.read"},
		{filepath.Join(folder, "sdk"), issuer, app.ClientID, key, "difi:weather.read"},
	}
	took := make([][]time.Duration, len(commands))
	for range rounds {
		for i, command := range commands {
			begin := time.Now()
			if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil { //nolint:gosec,noctx // built above
				return fmt.Errorf("%w: %s", err, out)
			}
			took[i] = append(took[i], time.Since(begin))
		}
	}
	for i := range took {
		slices.Sort(took[i])
	}
	program, sdk := took[0][rounds/2], took[1][rounds/2]
	_, err = fmt.Printf("maskinporten token %v, the library alone %v: %.2f times; best of both %.2f times\n", //nolint:forbidigo // a program's output
		program, sdk, float64(program)/float64(sdk), float64(took[0][0])/float64(took[1][0]))
	return err
}
