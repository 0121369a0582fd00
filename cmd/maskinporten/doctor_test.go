package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func TestTheDoctorTellsWhatMustBeMendedFirst(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.mock()
	u.runs("doctor").ends(exitOK).golden("doctor_healthy")
	u.runs("doctor", "--json").ends(exitOK).golden("doctor_healthy_json")
	u.on(80).runs("doctor").ends(exitOK).golden("doctor_healthy_80")
	u.on(80).runs("doctor", "difi:wether.read").ends(exitAttention).golden("doctor_misspelt_80")
	u.on(120).runs("doctor", "difi:wether.read").ends(exitAttention).golden("doctor_misspelt_120")
	u.runs("doctor", "difi:wether.read").ends(exitAttention).golden("doctor_misspelt")
	u.runs("doctor", "difi:wether.read", "--json").ends(exitAttention).golden("doctor_misspelt_json")
	u.on(80).runs("doctor", "--client-id", "ID", "--key", "nowhere.json").ends(exitAttention).golden("doctor_nofile_80")
	u.on(80).runs("doctor", "--help").ends(exitOK).golden("doctor_help_80")
}

func TestTheDoctorCallsTheAPI(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.mock()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer eyJ") {
			t.Error("it was called without a token")
		}
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token", error_description="the audience is wrong"`)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(api.Close)
	u.on(80).runs("doctor", "--api", api.URL+"/things?key=hidden").ends(exitAttention).golden("doctor_api_80")
}

func TestTheDoctorTakesWhatIsWrongAsItIsGiven(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args  []string
		first string
	}{
		"no client":           {[]string{"difi:a"}, "settings"},
		"no scope":            {[]string{"--client-id", "ID"}, "settings"},
		"a wrong number":      {[]string{"difi:a", "--client-id", "ID", "--consumer-org", "1"}, "settings"},
		"no key":              {[]string{"difi:a", "--client-id", "ID"}, "key file"},
		"a file of something": {[]string{"difi:a", "--client-id", "ID", "--key", "doctor_test.go"}, "key file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUser(t)
			args := append([]string{"doctor", "--json", "--issuer", "http://127.0.0.1:1/"}, test.args...)
			var report struct {
				First string `json:"first"`
			}
			if err := json.Unmarshal([]byte(u.runs(args...).ends(exitAttention).stdout), &report); err != nil || report.First != test.first {
				t.Errorf("first is %q, want %q (%v)", report.First, test.first, err)
			}
		})
	}
	u := newUser(t)
	u.runs("doctor", "--look-in", "qa").ends(exitUsage).says("test")
	u.runs("doctor", "--profile", "nobody").ends(exitUsage).says("no profile")
}

func TestTheDoctorCanBeInterrupted(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.mock()
	ctx, cancel := context.WithCancel(t.Context())
	api := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	t.Cleanup(api.Close)
	if r := u.runsIn(ctx, "doctor", "--api", api.URL).ends(exitInterrupted).says("interrupted"); r.stdout != "" {
		t.Error(r.stdout)
	}
}

// The key may come from the environment, which has no file to be wrong.
func TestTheDoctorExaminesAKeyInTheEnvironment(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	srv := u.mock()
	app := srv.App(srv.AddOrganization("910753614", "Somebody"), "difi:other")
	jwk := check.Got(app.Key.MarshalJWK())(t)
	endpoints := srv.EndpointsAt(srv.URL(), maskinporten.Test)
	u.env = map[string]string{
		"XDG_CONFIG_HOME": filepath.Join(t.TempDir(), "none"), "MASKINPORTEN_ISSUER": endpoints.Issuer, "MASKINPORTEN_SELFSERVICE": endpoints.API,
		"MASKINPORTEN_CLIENT_ID": app.ClientID, "MASKINPORTEN_CLIENT_JWK": string(jwk), "MASKINPORTEN_SCOPES": "difi:other",
	}
	if r := u.runs("doctor").ends(exitOK); !strings.Contains(r.stdout, "the environment: JWK") {
		t.Error(r.stdout)
	}
}
