package mockserver_test

import (
	"errors"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func TestLostAnswerOfACreateCanBeLookedAfter(t *testing.T) {
	t.Parallel()
	for reset, done := range map[string]bool{mockserver.ResetBefore: false, mockserver.ResetAfter: true} {
		t.Run(string(reset), func(t *testing.T) {
			t.Parallel()
			srv := start(t)
			client := srv.Client(srv.AddOrganization("991825827", "Digitaliseringsdirektoratet"))
			scope, app := newScope("a"), maskinporten.ClientCreate{Name: "app", Description: "d", Scopes: []string{"openid", "profile"}, IntegrationType: maskinporten.IntegrationTypeAPIClient, RedirectURIs: []string{"https://a.example/"}}
			srv.Fail(mockserver.Fault{Operation: "POST /scopes", Reset: reset})
			srv.Fail(mockserver.Fault{Operation: "POST /clients", Reset: reset})

			_, err := client.Scopes.Create(t.Context(), scope)
			if !errors.Is(err, maskinporten.ErrOutcomeUnknown) {
				t.Fatalf("Scopes.Create: %v", err)
			}
			_, err = client.Scopes.FindCreated(t.Context(), scope)
			if done != (err == nil) || !done && !errors.Is(err, maskinporten.ErrNotFound) {
				t.Errorf("Scopes.FindCreated: %v", err)
			}

			_, err = client.Clients.Create(t.Context(), app)
			if !errors.Is(err, maskinporten.ErrOutcomeUnknown) {
				t.Fatalf("Clients.Create: %v", err)
			}
			found, err := client.Clients.FindCreated(t.Context(), app)
			if done != (err == nil) || !done && !errors.Is(err, maskinporten.ErrNotFound) {
				t.Errorf("Clients.FindCreated: %v", err)
			}
			if done {
				app.ClientID = found.ClientID
				if again, err := client.Clients.FindCreated(t.Context(), app); err != nil || again.ClientID != found.ClientID {
					t.Errorf("by id: %v", err)
				}
				app.ClientID, app.Description = "", "another"
				if _, err := client.Clients.FindCreated(t.Context(), app); !errors.Is(err, maskinporten.ErrNotFound) {
					t.Errorf("another description: %v", err)
				}
			}
		})
	}
}
