package main

import (
	"log"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/desired"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func TestTwoNightsBringEverythingToTheFileAndRenewTheKeys(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), &out, mockserver.Start(t)); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{
		"4 to create, 2 to grant, 0 kept", "+ access difi:weather.read 974760673", "weather-maker has its first key",
		"nothing to change, 6 kept", "had to go by",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}

// What goes wrong once or twice costs another round, and nothing else.
func TestANightSurvivesWhatGoesWrong(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]mockserver.Fault{
		"answers are lost":           {Operation: "POST /clients", Reset: mockserver.ResetAfter, Times: 2},
		"scopes can't be made":       {Operation: "POST /scopes", Status: 500, Times: 3},
		"the service is down":        {Operation: "PUT /scopes/access/{consumer_orgno}", Status: 503, Times: 9},
		"lists break off":            {Operation: "GET /scopes/access", Truncate: true, Times: 2},
		"the token endpoint is slow": {Operation: "POST /token", Delay: 2 * time.Second, Times: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { night(t, fault) })
		})
	}
}

func night(t *testing.T, fault mockserver.Fault) {
	t.Helper()
	server := mockserver.Start(t)
	handle := server.Fail(fault)
	client := server.Client(server.AddOrganization("991825827", "Digitaliseringsdirektoratet"))
	defer func() { _ = client.Close() }()
	var out strings.Builder
	p := &platform{client: client, log: log.New(&out, "", 0), vault: map[string]*maskinporten.Key{}}
	made := 0
	p.newKey = func(kid string) (*maskinporten.Key, error) { made++; return server.Key(made, kid), nil }
	if err := p.night(t.Context(), stateFile, server.Clock().Now()); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if handle.Hits() == 0 {
		t.Error("nothing went wrong")
	}
	state, err := desired.Parse(stateFile)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := desired.Plan(t.Context(), client, state, desired.Options{})
	if err != nil || !changes.Empty() {
		t.Errorf("%v, %v", changes, err)
	}
	named := map[string]int{}
	for client, err := range client.Clients.All(t.Context(), maskinporten.ClientFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(client.Name, "weather-") {
			named[client.Name]++
		}
	}
	if diff := cmp.Diff(map[string]int{"weather-reader": 1, "weather-maker": 1}, named); diff != "" || len(p.vault) != 2 {
		t.Errorf("clients (-want +got):\n%s%d keys", diff, len(p.vault))
	}
}
