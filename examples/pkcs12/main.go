// Command pkcs12 gets tokens with a business certificate, as certificate
// authorities deliver it: a file with a password. The client has no registered
// keys; its organisation is the certificate's. Played against the mock server.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

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

const (
	orgno = maskinporten.OrgNo("889640782")
	scope = "difi:weather.read"
)

func run(ctx context.Context, out io.Writer) error {
	server, err := mockserver.New()
	if err != nil {
		return err
	}
	clientID, err := register(ctx, server)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "pkcs12")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	for _, kind := range []mockserver.CertificateKind{mockserver.CertificateValid, mockserver.CertificateExpired, mockserver.CertificateProduction} {
		bundle, err := server.IssueCertificate(maskinporten.Test, orgno, kind).PKCS12("hush")
		if err != nil {
			return err
		}
		file := filepath.Join(folder, string(kind)+".p12")
		if err := os.WriteFile(file, bundle, 0o600); err != nil {
			return err
		}
		if err := use(ctx, out, server, clientID, file); err != nil {
			_, _ = fmt.Fprintf(out, "%s: %v\n", filepath.Base(file), err)
		}
	}
	_, err = maskinporten.LoadKeyFile(filepath.Join(folder, "valid.p12"), maskinporten.KeyOptions{Password: maskinporten.NewSecret("guess")}) //nolint:contextcheck // reading a file here
	_, _ = fmt.Fprintf(out, "with a wrong password: %v\n", err)
	return nil
}

// register makes a client that has no keys, and so goes by its certificate.
func register(ctx context.Context, server *mockserver.Server) (string, error) {
	server.App(server.AddOrganization(orgno, "Arbeids- og velferdsetaten"), scope) // so that the scope and the access are there
	admin := server.Client(server.AddOrganization(orgno, "Arbeids- og velferdsetaten"))
	client, err := admin.Clients.Create(ctx, maskinporten.ClientCreate{Name: "certified", Description: "Goes by its certificate", Scopes: []string{scope}})
	if err != nil {
		return "", err
	}
	return client.ClientID, nil
}

// use is what a program does: the file is read again when it is replaced.
func use(ctx context.Context, out io.Writer, server *mockserver.Server, clientID, file string) error {
	key, err := maskinporten.LoadKeyFile(file, maskinporten.KeyOptions{Password: maskinporten.NewSecret("hush")}) //nolint:contextcheck // reading a file here
	if err != nil {
		return err
	}
	auth, err := maskinporten.NewAuthenticator(server.Endpoints(maskinporten.Test), maskinporten.Credentials{ClientID: clientID, KeySource: key}, server.ClientOptions()...)
	if err != nil {
		return err
	}
	defer func() { _ = auth.Close() }()
	token, err := auth.Token(ctx, maskinporten.TokenRequest{Scopes: []string{scope}})
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "%s: a token that lives %d s\n", filepath.Base(file), token.ExpiresIn)
	return nil
}
