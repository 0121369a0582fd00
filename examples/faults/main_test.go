package main

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func TestEachFaultIsMetAsTheTableSays(t *testing.T) {
	t.Parallel()
	for _, one := range faults {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // pauses between attempts take no time
				server := mockserver.Start(t)
				happened := server.Fail(one.fault)
				sees, err := meet(t.Context(), server)
				if err != nil || sees != one.sees {
					t.Errorf("%q, %v; want %q", sees, err, one.sees)
				}
				if happened.Hits() == 0 {
					t.Error("nothing went wrong")
				}
			})
		})
	}
}

func TestWhatWontBeBetterLaterIsAnError(t *testing.T) {
	t.Parallel()
	server := mockserver.Start(t)
	consumer := server.AddOrganization("889640782", "Arbeids- og velferdsetaten")
	app := server.App(consumer, scope)
	provider := server.Client(server.AddOrganization("991825827", "Digitaliseringsdirektoratet"))
	if _, err := provider.Access.Revoke(t.Context(), scope, consumer.OrgNo); err != nil {
		t.Fatal(err)
	}
	auth, err := maskinporten.NewAuthenticator(server.Endpoints(maskinporten.Test), app, server.ClientOptions()...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = auth.Close() }()
	if _, err := look(t.Context(), auth); !errors.Is(err, maskinporten.ErrAccessNotGranted) {
		t.Errorf("after access was taken back: %v", err)
	}
}

func TestEachFaultIsShown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		if err := run(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(out.String(), "\n"); lines != len(faults) {
			t.Errorf("%d lines:\n%s", lines, out.String())
		}
	})
}
