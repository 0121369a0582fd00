package expect_test

import (
	"context"
	"fmt"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
	"github.com/maskinporten-go/maskinporten/mockserver/expect"
)

// exampleT stands in for the *testing.T that a test has.
type exampleT struct{ mockserver.TB }

func (exampleT) Helper()                           {}
func (exampleT) Cleanup(func())                    {}
func (exampleT) Failed() bool                      { return false }
func (exampleT) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }
func (exampleT) Fatalf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

func ExampleRequests() {
	t := exampleT{} // in a test: t *testing.T
	srv := mockserver.Start(t)
	client := srv.Client(srv.AddOrganization("991825827", "Digitaliseringsdirektoratet"))
	if _, err := client.Scopes.Create(context.Background(), maskinporten.ScopeCreate{Prefix: "difi", Subscope: "api3", Description: "Weather"}); err != nil {
		t.Fatalf("%v", err)
	}
	expect.Requests(t, srv, expect.Request{
		Operation: "POST /scopes", OrgNo: "991825827", Status: 200, Body: map[string]any{"prefix": "difi", "subscope": "api3"},
	})
	fmt.Println("as expected")
	// Output: as expected
}
