package mockserver_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

func (w *wire) settings() object {
	w.Helper()
	return w.steer(http.MethodGet, "settings", "").want(http.StatusOK).object()
}

func TestVariantsAreTheDefaultUnlessChosen(t *testing.T) {
	t.Parallel()
	want := object{"chaos": nil, "lenient": false, "propagation": "0s", "variants": object{}}
	chosen := want["variants"].(object)
	var all []mockserver.Variant
	for _, row := range variants.Rows() {
		chosen[row.Name] = row.Default
	}
	check.Same(t, want, newSteered(t).settings())
	for _, row := range variants.Rows() {
		all = append(all, mockserver.Variant(row.Name+"="+row.Other))
		chosen[row.Name] = row.Other
	}
	check.Same(t, want, newSteered(t, mockserver.WithVariants(all...)).settings())
}

func TestEachVariantHasAConstantARowAndASchema(t *testing.T) {
	t.Parallel()
	constants := []mockserver.Variant{
		mockserver.VariantEmptyListsError, mockserver.VariantStatusesCreated, mockserver.VariantAccessRefusalInvalidScope, mockserver.VariantErrorURILeftOut,
		mockserver.VariantTimeRefusalsServer, mockserver.VariantGrantLifetime180, mockserver.VariantIatAge10s, mockserver.VariantScopelessClientRefused,
		mockserver.VariantX5cChain, mockserver.VariantResourceArray,
	}
	table := string(check.Got(os.ReadFile("CONTROL.md"))(t))
	var described struct {
		Components struct {
			Schemas struct {
				Variants struct {
					Properties map[string]struct{ Enum []string }
				}
			}
		}
	}
	newSteered(t).send(http.MethodGet, "/openapi.json", nil, "").decode(&described)
	for i, row := range variants.Rows() {
		if want := mockserver.Variant(row.Name + "=" + row.Other); constants[i] != want {
			t.Errorf("the constant is %q, want %q", constants[i], want)
		}
		star := ""
		if row.Drawn {
			star = " *"
		}
		if !strings.Contains(table, "| `"+row.Name+"`"+star+" | `"+row.Default+"`") {
			t.Errorf("CONTROL.md has no row of %s as it is", row.Name)
		}
		check.Same(t, []string{row.Default, row.Other}, described.Components.Schemas.Variants.Properties[row.Name].Enum, row.Name)
	}
}

func TestSettingsChangeWhileTheServerRuns(t *testing.T) {
	t.Parallel()
	w := newSteered(t, mockserver.WithVariants("statuses=created"))
	provider := w.as("provider", "idporten:dcr.write")
	create := func(status int) {
		t.Helper()
		provider.post("/clients", object{"client_name": "a", "integration_type": "maskinporten"}).want(status)
	}
	create(http.StatusCreated)
	got := w.steer(http.MethodPost, "settings", `{"variants":{"statuses":"ok"},"propagation":"90s"}`).want(http.StatusOK).object()
	if diff := cmp.Diff(w.settings(), got); diff != "" || got["propagation"] != "1m30s" || got["variants"].(object)["statuses"] != "ok" {
		t.Errorf("%v %s", got, diff)
	}
	create(http.StatusOK)
	w.steer(http.MethodPost, "settings", `{"lenient":true}`).want(http.StatusOK).has(object{"lenient": true, "propagation": "1m30s"})
	w.steer(http.MethodPost, "reset", "").want(http.StatusOK)
	check.Same(t, newSteered(t, mockserver.WithVariants("statuses=created")).settings(), w.settings(), "-as it was started +after a reset")
	create(http.StatusCreated)
}

func TestPropagationCanBeginAndEndWhileTheServerRuns(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	key := w.srv.Key(0, "k")
	app := func() maskinporten.Credentials {
		client := w.srv.Client(w.srv.AddOrganization("991825827", "D"))
		created := check.Got(client.Clients.Create(t.Context(), maskinporten.ClientCreate{Name: "a", Scopes: []string{"idporten:scopes.read"}}))(t)
		check.Got(client.Clients.AddKey(t.Context(), created.ClientID, check.Got(key.PublicJWK())(t)))(t)
		return maskinporten.Credentials{ClientID: created.ClientID, Key: key}
	}
	ask := func(c maskinporten.Credentials) error {
		auth := check.Got(maskinporten.NewAuthenticator(w.srv.Endpoints(maskinporten.Test), c, w.srv.ClientOptions()...))(t)
		defer func() { _ = auth.Close() }()
		return check.Err(auth.Token(t.Context(), maskinporten.TokenRequest{Scopes: []string{"idporten:scopes.read"}}))
	}
	w.steer(http.MethodPost, "settings", `{"propagation":"1h"}`).want(http.StatusOK)
	one := app()
	wantMP(t, ask(one), "MP-100")
	w.steer(http.MethodPost, "settings", `{"propagation":"0s"}`).want(http.StatusOK)
	for _, c := range []maskinporten.Credentials{one, app()} {
		check.OK(t, ask(c))
	}
}

func TestSettingsThatAreUnknownChangeNothing(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	before := w.settings()
	for body, text := range map[string]string{
		`{"lenient":true,"variants":{"nope":"error"}}`:        `variants: there is no variant`,
		`{"lenient":true,"variants":{"empty-lists":"maybe"}}`: `use ok (the default) or error`,
		`{"lenient":true,"chaos":-1}`:                         "chaos",
		`{"lenient":true,"chaos":"7"}`:                        "chaos",
		`{"lenient":true,"propagation":"soon"}`:               "propagation",
		`{"lenient":true,"propagation":"-1s"}`:                "propagation",
		`{"lenient":true,"kind":true}`:                        "kind",
	} {
		w.refuses(http.MethodPost, "settings", body, text)
	}
	check.Same(t, before, w.settings())
}

func TestChaosDrawsVariantsOnceAndThoseNamedGoFirst(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{3, 4} {
		w := newSteered(t)
		body := string(check.Got(json.Marshal(object{"chaos": seed}))(t))
		drawn := w.steer(http.MethodPost, "settings", body).want(http.StatusOK).object()
		check.Same(t, drawn["variants"], newSteered(t, mockserver.WithChaos(seed)).settings()["variants"], "-by call +by option")
		for _, row := range variants.Rows() {
			for _, value := range []string{row.Default, row.Other} {
				named := newSteered(t, mockserver.WithChaos(seed), mockserver.WithVariants(mockserver.Variant(row.Name+"="+value))).settings()
				if got := named["variants"].(object)[row.Name]; got != value {
					t.Errorf("%s=%s is %v", row.Name, value, got)
				}
			}
		}
		calm := w.steer(http.MethodPost, "settings", `{"chaos":null}`).want(http.StatusOK).object()
		check.Same(t, newSteered(t).settings(), calm)
	}
}
