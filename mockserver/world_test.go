package mockserver_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func TestDefaultWorldIsTheSameInEveryEnvironment(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	admin := []string{scopesRead, scopesWrite, dcrRead, dcrWrite}
	for _, environment := range []string{"test", "ver1", "ver2", "prod"} {
		for role, want := range map[string]struct {
			orgno, name string
			scopes      []string
			prefixes    []string
		}{
			"provider":        {"991825827", "Digitaliseringsdirektoratet", admin, []string{"difi", "difitest"}},
			"consumer":        {"889640782", "Arbeids- og velferdsetaten", admin, nil},
			"supplier":        {"910753614", "Leverandøren", append(slices.Clone(admin), dcrSupplier), nil},
			"scopes-only":     {"991825827", "Digitaliseringsdirektoratet", []string{scopesWrite}, []string{"difi", "difitest"}},
			"keys-only":       {"991825827", "Digitaliseringsdirektoratet", []string{dcrModify}, nil},
			"onbehalfof-only": {"991825827", "Digitaliseringsdirektoratet", []string{"idporten:dcr/onbehalfof.write"}, nil},
		} {
			c := w.role(environment, role)
			if c.OrgNo != want.orgno || !slices.Equal(c.Scopes, want.scopes) || !uuid.MatchString(c.ClientID) || c.JWK.KeyID == "" || c.JWK.Algorithm != "RS256" || c.JWK.IsPublic() {
				t.Errorf("%s in %s: %s %v %s", role, environment, c.OrgNo, c.Scopes, c.ClientID)
			}
			w.ask(environment, w.grant(c, strings.Join(c.Scopes, " "), nil)).want(http.StatusOK).has(object{"scope": strings.Join(c.Scopes, " ")})
			w.ask(environment, w.grant(c, "idporten:dcr.nothing", nil)).want(http.StatusBadRequest)
			session{w, environment, ""}.get("/organizations/" + want.orgno).want(http.StatusOK).has(object{"name": want.name})
			if slices.Contains(want.scopes, scopesWrite) {
				a := w.in(environment, role, scopesWrite).get("/prefix")
				if want.prefixes == nil {
					a.none()
				} else if got := a.names("prefix"); !slices.Equal(got, want.prefixes) {
					t.Errorf("%s in %s has the prefixes %v", role, environment, got)
				}
			}
		}
	}
}

func TestCredentialsAreTheSameInEveryServer(t *testing.T) {
	t.Parallel()
	ready := func() string {
		srv := check.Got(mockserver.New())(t)
		return string(check.Got(json.Marshal(check.Got(srv.Ready(base))(t)))(t))
	}
	check.Same(t, ready(), ready())
	ids := map[string]bool{}
	w := newWire(t)
	for _, c := range w.ready.Credentials {
		ids[c.ClientID] = true
	}
	if len(ids) != 24 {
		t.Errorf("%d client ids", len(ids))
	}
}

func TestReadyNamesTheControlAPIWhenThereIsOne(t *testing.T) {
	t.Parallel()
	for want, options := range map[string][]mockserver.Option{"": nil, base + "/_mock/": {mockserver.WithControl()}} {
		srv := start(t, options...)
		if ready := check.Got(srv.Ready(base + "/"))(t); ready.Control != want || ready.Portal != base+"/portal/" {
			t.Errorf("control %q, portal %q", ready.Control, ready.Portal)
		}
	}
}

func TestReadyCanBeChangedByItsReaderOnly(t *testing.T) {
	t.Parallel()
	srv := start(t)
	ready := check.Got(srv.Ready(base))(t)
	ready.Credentials[0].Scopes[0] = "changed"
	if again := check.Got(srv.Ready(base))(t); again.Credentials[0].Scopes[0] != scopesRead {
		t.Errorf("got %v", again.Credentials[0].Scopes)
	}
}

func TestResetBringsTheDefaultWorldBack(t *testing.T) {
	t.Parallel()
	srv := start(t)
	brreg := srv.AddOrganization("974760673", "Brønnøysundregistrene").AssignPrefix("brreg")
	client := srv.Client(brreg)
	check.Got(client.Scopes.Create(t.Context(), maskinporten.ScopeCreate{Prefix: "brreg", Subscope: "a", Description: "d"}))(t)
	srv.Clock().Advance(400 * 24 * time.Hour)
	before := srv.Clock().Now()
	srv.Reset()
	if !srv.Clock().Now().Before(before) {
		t.Error("the clock stays ahead")
	}
	if requests, changes := srv.Requests(), srv.AuditLog(); len(requests) > 0 || len(changes) > 0 {
		t.Errorf("left over: %v, %v", requests, changes)
	}
	provider := srv.Client(srv.AddOrganization("991825827", "Digitaliseringsdirektoratet"))
	prefixes := check.Got(maskinporten.Collect(provider.Scopes.AllPrefixes(t.Context(), maskinporten.PrefixFilter{})))(t)
	if len(prefixes) != 2 {
		t.Errorf("%d prefixes", len(prefixes))
	}
	inMemory(t, srv, "https://api.test.samarbeid.digdir.no/api/v1/organizations/974760673").refused(http.StatusNotFound, "974760673")
}

func TestTokensOutliveAReset(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	provider := w.as("provider", scopesRead)
	w.srv.Reset()
	provider.get("/prefix").want(http.StatusOK)
}
