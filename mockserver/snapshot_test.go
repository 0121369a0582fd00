package mockserver_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

const (
	storyProvider = "991825827"
	storyConsumer = "889640782"
	storySupplier = "910753614"
	storyScope    = "difi:story.read"
)

// deterministic servers tell the same story in the same way.
func deterministic(seed uint64) []mockserver.Option {
	return []mockserver.Option{
		mockserver.WithDeterministicIDs(), mockserver.WithSeed(seed),
		mockserver.WithTime(func() time.Time { return time.Date(2026, 3, 4, 5, 6, 7, 890123456, time.UTC) }),
	}
}

// story leaves something of everything behind, and returns credentials of a
// client that may use the scope.
func story(t *testing.T, srv *mockserver.Server) maskinporten.Credentials {
	t.Helper()
	ctx := t.Context()
	provider := srv.Client(srv.AddOrganization(storyProvider, "Digitaliseringsdirektoratet"))
	consumer := srv.Client(srv.AddOrganization(storyConsumer, "Arbeids- og velferdsetaten"))
	for _, subscope := range []string{"story.read", "gone"} {
		check.Got(provider.Scopes.Create(ctx, maskinporten.ScopeCreate{Prefix: "difi", Subscope: subscope, Description: "Read <it> æøå"}))(t)
		check.Got(provider.Access.Grant(ctx, "difi:"+subscope, storyConsumer))(t)
	}
	check.Got(provider.Access.Revoke(ctx, "difi:gone", storyConsumer))(t)
	check.Got(provider.Scopes.Deactivate(ctx, "difi:gone"))(t)
	made := check.Got(consumer.Clients.Create(ctx, maskinporten.ClientCreate{
		Name: "Story", IntegrationType: maskinporten.IntegrationTypeMaskinporten, Scopes: []string{storyScope},
	}))(t)
	check.Got(consumer.Clients.Create(ctx, maskinporten.ClientCreate{
		Name: "Secret", IntegrationType: maskinporten.IntegrationTypeIDPorten, Scopes: []string{"openid"},
		TokenEndpointAuthMethod: "client_secret_basic", RedirectURIs: []string{"https://app.example/back"},
	}))(t)
	key := srv.Key(0, "story")
	check.Got(consumer.Clients.AddKey(ctx, made.ClientID, check.Got(key.PublicJWK())(t)))(t)
	srv.Altinn().Delegate(storyConsumer, storySupplier, storyScope)
	srv.Altinn().AddSystemUser(mockserver.SystemUser{OrgNo: storyConsumer, Vendor: storySupplier})
	srv.Altinn().SetConsent(mockserver.Consent{ID: "c1", Rights: []any{map[string]any{"right": "a<b"}}})
	people := srv.Portal()
	check.OK(t, errors.Join(
		people.AppointManager(storyProvider, "kari@digdir.no"),
		people.SignUp(mockserver.SignUp{Name: "Kari", Mail: "kari@digdir.no", Password: "korrekt hest", PID: "01010112345"}),
		people.ConfirmMail("kari@digdir.no"),
	))
	kari := check.Got(people.SignIn("kari@digdir.no", "korrekt hest"))(t)
	check.Got(kari.OrderPrefix(maskinporten.Test, "story", "stories"))(t)
	return maskinporten.Credentials{ClientID: made.ClientID, Key: key}
}

// token asks for a token in the test environment.
func token(t *testing.T, srv *mockserver.Server, credentials maskinporten.Credentials) error {
	t.Helper()
	authenticator := check.Got(maskinporten.NewAuthenticator(srv.Endpoints(maskinporten.Test), credentials, srv.ClientOptions()...))(t)
	return check.Err(authenticator.Token(t.Context(), maskinporten.TokenRequest{Scopes: []string{storyScope}}))
}

func TestASnapshotRestoresEverything(t *testing.T) {
	t.Parallel()
	first := start(t)
	credentials := story(t, first)
	saved := first.Snapshot()
	if !bytes.Equal(saved, first.Snapshot()) {
		t.Error("two snapshots of one world differ")
	}
	second := start(t)
	check.OK(t, second.Restore(saved))
	third := start(t, mockserver.WithWorld(saved))
	for _, srv := range []*mockserver.Server{second, third} {
		check.Same(t, string(saved), string(srv.Snapshot()))
		check.OK(t, token(t, srv, credentials))
		if _, err := srv.Portal().SignIn("kari@digdir.no", "korrekt hest"); err != nil {
			t.Error(err)
		}
	}
}

func TestTheSameStoryMakesTheSameSnapshot(t *testing.T) {
	t.Parallel()
	tell := func(srv *mockserver.Server) string {
		story(t, srv)
		return string(srv.Snapshot())
	}
	srv := start(t, deterministic(1)...)
	first := tell(srv)
	check.Same(t, first, tell(start(t, deterministic(1)...)))
	srv.Reset()
	check.Same(t, first, tell(srv), "after a reset")
	if first == tell(start(t, deterministic(2)...)) {
		t.Error("another seed makes no difference")
	}
}

func TestARestoredSequenceDoesNotMakeAnIDTwice(t *testing.T) {
	t.Parallel()
	first := start(t, deterministic(1)...)
	old := story(t, first)
	second := start(t, append(deterministic(1), mockserver.WithWorld(first.Snapshot()))...)
	consumer := second.Client(second.AddOrganization(storyConsumer, "Arbeids- og velferdsetaten"))
	made := check.Got(consumer.Clients.Create(t.Context(), maskinporten.ClientCreate{
		Name: "New", IntegrationType: maskinporten.IntegrationTypeMaskinporten, Scopes: []string{storyScope},
	}))(t)
	if made.ClientID == old.ClientID {
		t.Error("the new client took the place of an old one")
	}
	check.OK(t, token(t, second, old))
}

func TestARestoreThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	srv := start(t)
	story(t, srv)
	before := string(srv.Snapshot())
	for place, bad := range map[string]string{
		"a JSON object is expected":                                           "[]",
		"line 1, column 15: invalid character":                                "{\"version\":1} {}",
		"version":                                                             "{}",
		"version: it must be 1":                                               "{\"version\":2}",
		"unknown field \"more\"":                                              "{\"version\":1,\"more\":1}",
		"environments: \"tset\" is unknown":                                   "{\"version\":1,\"environments\":{\"tset\":{}}}",
		"environments.test: a JSON object":                                    "{\"version\":1,\"environments\":{\"test\":null}}",
		"environments.test: extends":                                          "{\"version\":1,\"environments\":{\"test\":{\"extends\":\"x\"}}}",
		"environments.prod: consents: a list":                                 "{\"version\":1,\"environments\":{\"prod\":{\"consents\":{}}}}",
		"environments.prod: consents[0]":                                      "{\"version\":1,\"environments\":{\"prod\":{\"consents\":[{}]}}}",
		"environments.ver1: consents[1]":                                      "{\"version\":1,\"environments\":{\"ver1\":{\"consents\":[{\"id\":\"a\"},{\"id\":\"a\"}]}}}",
		"environments.ver2: organizations[0].x":                               "{\"version\":1,\"environments\":{\"ver2\":{\"organizations\":[{\"x\":1}]}}}",
		"environments.test: clients[0].client_id":                             "{\"version\":1,\"environments\":{\"prod\":{},\"test\":{\"clients\":[{}]}}}",
		"environments.test: organizations[0].orgno: 991825827 is there twice": "{\"version\":1,\"environments\":{\"test\":{\"extends\":\"default\",\"organizations\":[{\"orgno\":\"991825827\",\"name\":\"n\"}]}}}",
		"environments.test: scopes[0].created: it can't be read":              `{"version":1,"environments":{"test":{"extends":"default","scopes":[{"name":"difi:a","description":"d","created":"yesterday"}]}}}`,
		"environments.test: clients[0].last_updated: it can't be read":        `{"version":1,"environments":{"test":{"extends":"default","clients":[{"client_id":"a","client_name":"n","client_orgno":"889640782","last_updated":1}]}}}`,
		"portal: merchant_data[0]: last_updated: it can't be read":            `{"version":1,"portal":{"merchant_data":[{"environment":"test","integration_id":"a","last_updated":"x"}]}}`,
		"portal: organizations[0]":                                            "{\"version\":1,\"portal\":{\"organizations\":[{\"orgno\":\"1\"}]}}",
		"portal: users[0]: unknown field":                                     "{\"version\":1,\"portal\":{\"users\":[{\"x\":1}]}}",
		"portal: merchant_data[0]: integration_id":                            "{\"version\":1,\"portal\":{\"merchant_data\":[{\"environment\":\"ver1\",\"integration_id\":\"x\"}]}}",
	} {
		err := srv.Restore([]byte(bad))
		if err == nil || !strings.Contains(err.Error(), place) {
			t.Errorf("%s: got %v, want it to name %s", bad, err, place)
		}
		if _, err := mockserver.New(mockserver.WithWorld([]byte(bad))); err == nil || !strings.Contains(err.Error(), place) {
			t.Errorf("%s: as a world: %v", bad, err)
		}
	}
	check.Same(t, before, string(srv.Snapshot()))
}

func TestResetGoesBackToTheWorldGiven(t *testing.T) {
	t.Parallel()
	saved := func() []byte {
		srv := start(t)
		story(t, srv)
		return srv.Snapshot()
	}()
	srv := start(t, mockserver.WithWorld(saved))
	srv.AddOrganization("974760673", "Brønnøysundregistrene")
	if bytes.Equal(saved, srv.Snapshot()) {
		t.Error("a change is not in the snapshot")
	}
	srv.Reset()
	check.Same(t, string(saved), string(srv.Snapshot()))
}

func TestWhatARestoreLeavesOutIsTheDefaultWorld(t *testing.T) {
	t.Parallel()
	srv := start(t, deterministic(1)...)
	fresh := srv.Snapshot()
	story(t, srv)
	requests, changes := srv.Answered(), len(srv.AuditLog())
	check.OK(t, srv.Restore([]byte(`{"version":1}`)))
	check.Same(t, string(fresh), string(srv.Snapshot()))
	if srv.Answered() != requests || len(srv.AuditLog()) != changes || len(srv.Mailbox("")) == 0 {
		t.Error("journal, audit log and mail did not stay")
	}
	check.OK(t, srv.Restore([]byte(`{"version":1,"environments":{"test":{}}}`)))
	w := decodedSnapshot(t, srv)
	if len(w.Environments["test"].Clients) != 0 || len(w.Environments["ver1"].Clients) != 6 {
		t.Errorf("%d and %d clients", len(w.Environments["test"].Clients), len(w.Environments["ver1"].Clients))
	}
}

// snapshotShape is the part of a snapshot that tests look at.
type snapshotShape struct {
	Version      int `json:"version"`
	Environments map[string]struct {
		Organizations []object `json:"organizations"`
		Scopes        []object `json:"scopes"`
		Accesses      []object `json:"accesses"`
		Clients       []object `json:"clients"`
	} `json:"environments"`
}

func decodedSnapshot(t *testing.T, srv *mockserver.Server) snapshotShape {
	t.Helper()
	var shape snapshotShape
	check.OK(t, json.Unmarshal(srv.Snapshot(), &shape))
	return shape
}
