// Command mockoidc runs mockoidc as a program. When it serves it prints one
// line of JSON with what a client needs.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/oauth2-proxy/mockoidc"
)

func main() {
	if err := run(); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err) // the exit code tells as well
		os.Exit(1)
	}
	select {} // until it is killed
}

func run() error {
	server, err := mockoidc.Run()
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]string{
		"authorize": server.AuthorizationEndpoint(), "token": server.TokenEndpoint(),
		"client_id": server.ClientID, "client_secret": server.ClientSecret,
	})
}
