// Command signer gets tokens with a key that never leaves its vault: a signer
// asks the vault over HTTP to sign each grant. The vault is a stand-in on this
// machine, the token endpoint is the mock server. Google's and Amazon's KMS,
// Azure Key Vault and HashiCorp's Vault have such calls, and most have Go
// libraries with a crypto.Signer that is used the same way.
package main

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/signal"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const scope = "difi:weather.read"

func run(ctx context.Context, out io.Writer) error {
	vault, err := newVault("the program's own token")
	if err != nil {
		return err
	}
	front := httptest.NewServer(vault)
	defer front.Close()
	signer, err := newSigner(ctx, front.URL, "the program's own token")
	if err != nil {
		return err
	}
	key, err := maskinporten.KeyFromSigner(signer, "in-the-vault-1")
	if err != nil {
		return err
	}
	auth, err := register(ctx, key)
	if err != nil {
		return err
	}
	defer func() { _ = auth.Close() }()
	for range 1000 {
		if _, err := auth.Token(ctx, maskinporten.TokenRequest{Scopes: []string{scope}}); err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintf(out, "a token, 1000 times; the vault signed %d grant(s)\n", vault.signed.Load())

	vault.locked.Store(true)
	_, err = auth.Token(ctx, maskinporten.TokenRequest{Scopes: []string{scope}, Resource: []string{"https://api.example.no"}})
	_, _ = fmt.Fprintf(out, "while the vault is locked: %v\n", err)
	return nil
}

// register puts the public half on a client of the mock.
func register(ctx context.Context, key *maskinporten.Key) (*maskinporten.Authenticator, error) {
	server, err := mockserver.New()
	if err != nil {
		return nil, err
	}
	consumer := server.AddOrganization("889640782", "Arbeids- og velferdsetaten")
	server.App(consumer, scope) // so that the scope and the access are there
	admin := server.Client(consumer)
	app, err := admin.Clients.Create(ctx, maskinporten.ClientCreate{Name: "vaulted", Description: "Its key is elsewhere", Scopes: []string{scope}})
	if err != nil {
		return nil, err
	}
	public, err := key.PublicJWK()
	if err != nil {
		return nil, err
	}
	if _, err := admin.Clients.AddKey(ctx, app.ClientID, public); err != nil {
		return nil, err
	}
	return maskinporten.NewAuthenticator(server.Endpoints(maskinporten.Test), maskinporten.Credentials{ClientID: app.ClientID, Key: key}, server.ClientOptions()...)
}
