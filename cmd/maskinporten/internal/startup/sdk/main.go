// Command sdk gets a token with the library and prints it, as the shortest program
// would that does what `maskinporten token` does: its arguments are the issuer, the
// client's id, the key's file and the scope.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/maskinporten-go/maskinporten"
)

func main() {
	if err := token(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err) // nobody else could be told
		os.Exit(1)
	}
}

func token(issuer, clientID, file, scope string) error {
	data, err := os.ReadFile(file) //nolint:gosec // whoever measures names it
	if err != nil {
		return err
	}
	key, err := maskinporten.LoadKey(data, maskinporten.KeyOptions{})
	if err != nil {
		return err
	}
	auth, err := maskinporten.NewAuthenticator(maskinporten.IssuerAt(issuer), maskinporten.Credentials{ClientID: clientID, Key: key})
	if err != nil {
		return err
	}
	defer func() { _ = auth.Close() }() // no work goes on
	token, err := auth.Token(context.Background(), maskinporten.TokenRequest{Scopes: []string{scope}})
	if err != nil {
		return err
	}
	_, err = fmt.Println(token.AccessToken) //nolint:forbidigo // a program's output
	return err
}
