package maskinporten_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// world is the mock server with a provider; programs use maskinporten.Test or
// maskinporten.Prod, and credentials of their own.
func world() (*mockserver.Server, *maskinporten.Client, error) {
	server, err := mockserver.New()
	if err != nil {
		return nil, nil, err
	}
	return server, server.Client(server.AddOrganization("991825827", "Digitaliseringsdirektoratet")), nil
}

func Example() {
	_, client, err := world()
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	scope, err := client.Scopes.Create(ctx, maskinporten.ScopeCreate{Prefix: "difi", Subscope: "weather.read", Description: "Read the weather"})
	if err != nil {
		fmt.Println(err)
		return
	}
	access, err := client.Access.Grant(ctx, scope.Name, "889640782")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(access.ConsumerOrganizationName, access.State, access.Scope)
	// Output: Arbeids- og velferdsetaten APPROVED difi:weather.read
}

func ExampleAccessService_Plan() {
	_, client, err := world()
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	if _, err := client.Scopes.Create(ctx, maskinporten.ScopeCreate{Prefix: "difi", Subscope: "tax", Description: "Read tax data"}); err != nil {
		fmt.Println(err)
		return
	}
	for _, wanted := range [][]maskinporten.OrgNo{{"889640782", "974760673"}, {"974760673", "910753614"}} {
		plan, err := client.Access.Plan(ctx, "difi:tax", wanted)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(plan)
		if _, err := plan.Apply(ctx, maskinporten.ApplyOptions{}); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// difi:tax: 2 to grant, 0 to revoke, 0 kept
	//   + 889640782
	//   + 974760673
	// difi:tax: 1 to grant, 1 to revoke, 1 kept
	//   + 910753614
	//   - 889640782 Arbeids- og velferdsetaten
}

func ExampleTokenError() {
	server, client, err := world()
	if err != nil {
		fmt.Println(err)
		return
	}
	auth, err := maskinporten.NewAuthenticator(server.Endpoints(maskinporten.Test),
		maskinporten.Credentials{ClientID: client.Authenticator().ClientID(), Key: server.Key(0, "no-such-key")}, server.ClientOptions()...)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = auth.Token(context.Background(), maskinporten.TokenRequest{Scopes: []string{"idporten:scopes.read"}})
	if refusal, ok := errors.AsType[*maskinporten.TokenError](err); ok {
		fmt.Println(refusal.StatusCode, refusal.Code, errors.Is(err, maskinporten.ErrUnknownKey))
		fmt.Println(refusal.Remedy())
	}
	// Output:
	// 400 invalid_grant true
	// the kid is not registered on the client, or was registered a moment ago: a new key needs up to three minutes
}

func ExampleParseOrgNo() {
	for _, number := range []string{"991825827", "0192:991825827", "991825828", ".."} {
		orgno, err := maskinporten.ParseOrgNo(number)
		fmt.Println(orgno, err)
	}
	// Output:
	// 991825827 <nil>
	// 991825827 <nil>
	//  maskinporten: organisation number: "991825828": the last digit doesn't fit the others (mod-11): mistyped?
	//  maskinporten: organisation number: "..": an organisation number has nine digits
}
