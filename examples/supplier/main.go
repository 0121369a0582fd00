// Command supplier plays a supplier's story against the mock server, in memory:
// a municipality delegates a scope to its supplier in Altinn, and the supplier's
// program acts for it.
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

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

const scope = "difi:tax.read"

func run(ctx context.Context, out io.Writer) error {
	server, err := mockserver.New()
	if err != nil {
		return err
	}
	provider := server.Client(server.AddOrganization("991825827", "Digitaliseringsdirektoratet"))
	consumer := server.AddOrganization("889640782", "Arbeids- og velferdsetaten")
	supplier := server.AddOrganization("910753614", "Leverandøren")

	if _, err := provider.Scopes.Create(ctx, maskinporten.ScopeCreate{
		Prefix: "difi", Subscope: "tax.read", Description: "Read tax data", DelegationSource: "https://tt02.altinn.no/",
	}); err != nil {
		return err
	}
	if _, err := provider.Access.Grant(ctx, scope, consumer.OrgNo); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "the provider gave %s access to %s, which can be delegated\n", consumer.OrgNo, scope)

	auth, err := register(ctx, server, supplier)
	if err != nil {
		return err
	}
	defer func() { _ = auth.Close() }()
	request := maskinporten.TokenRequest{Scopes: []string{scope}, ConsumerOrg: consumer.OrgNo}
	_, err = auth.Token(ctx, request)
	refusal, ok := errors.AsType[*maskinporten.TokenError](err)
	if !ok || !errors.Is(err, maskinporten.ErrNotDelegated) {
		return fmt.Errorf("the supplier should have been refused, but got %w", err)
	}
	_, _ = fmt.Fprintf(out, "refused: %s %s\n  %s\n", refusal.MP, refusal.Description, refusal.Remedy())

	server.Altinn().Delegate(consumer.OrgNo, supplier.OrgNo, scope)
	_, _ = fmt.Fprintf(out, "%s delegated the scope to %s in Altinn\n", consumer.OrgNo, supplier.OrgNo)
	token, err := auth.Token(ctx, request)
	if err != nil {
		return err
	}
	claims, err := claimsOf(token.AccessToken)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "the supplier's token says: %s\n", claims)
	return nil
}

// register makes the supplier's client. The scope may be put on it because it
// can be delegated, though the supplier has no access of its own.
func register(ctx context.Context, server *mockserver.Server, supplier *mockserver.Organization) (*maskinporten.Authenticator, error) {
	admin := server.Client(supplier)
	app, err := admin.Clients.Create(ctx, maskinporten.ClientCreate{Name: "tax-helper", Description: "For many customers", Scopes: []string{scope}})
	if err != nil {
		return nil, err
	}
	key := server.Key(0, "tax-helper-1")
	public, err := key.PublicJWK()
	if err != nil {
		return nil, err
	}
	if _, err := admin.Clients.AddKey(ctx, app.ClientID, public); err != nil {
		return nil, err
	}
	return maskinporten.NewAuthenticator(server.Endpoints(maskinporten.Test),
		maskinporten.Credentials{ClientID: app.ClientID, Key: key}, server.ClientOptions()...)
}

// claimsOf shows what is in a token, without checking it: for that, see package
// verify.
func claimsOf(token string) (string, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", errors.New("not a JWT")
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", err
	}
	var pretty bytes.Buffer
	err = json.Indent(&pretty, claims, "", "  ")
	return pretty.String(), err
}
