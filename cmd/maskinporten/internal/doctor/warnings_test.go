package doctor_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/doctor"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// step finds a step of a report.
func step(t *testing.T, report doctor.Report, name string) doctor.Step {
	t.Helper()
	for _, step := range report.Steps {
		if step.Name == name {
			return step
		}
	}
	t.Fatalf("no step %q:\n%s", name, printed(report))
	return doctor.Step{}
}

// What works, but not for long, or not everywhere, is told without being in the way.
func TestWhatWorksForNowIsWarnedOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, step, proof string
		befall            func(*ward)
	}{
		{"everybody may read the key file", "key file", "everybody on this machine may read it (0644)", func(w *ward) {
			if runtime.GOOS == "windows" {
				w.Skip("Windows has other rights")
			}
			if err := os.Chmod(w.patient.Client.KeyFile, 0o644); err != nil { //nolint:gosec // that is the ailment
				w.Fatal(err)
			}
		}},
		{"the certificate expires soon", "certificate", "soon", func(w *ward) {
			w.withCertificate(w.consumer.OrgNo, mockserver.CertificateValid)
			w.srv.Clock().Advance((2*365 - 20) * 24 * time.Hour)
		}},
		{"the certificate has expired, and isn't sent", "certificate", "name the kid", func(w *ward) {
			id := w.patient.Client.ClientID
			certificate := w.withCertificate(w.consumer.OrgNo, mockserver.CertificateExpired)
			w.patient.Client.ClientID = id
			w.patient.Client.Options.KeyID = "certified"
			key, err := certificate.Key()
			if err != nil {
				w.Fatal(err)
			}
			jwk, err := maskinporten.KeyFromSigner(certificate.PrivateKey, "certified")
			if err != nil {
				w.Fatal(err)
			}
			public, err := jwk.PublicJWK()
			if err == nil {
				_, err = w.admin.Clients.AddKey(w.Context(), id, public)
			}
			if err != nil || key == nil {
				w.Fatal(err)
			}
		}},
		{"the key expires soon", "client key", "in 19 days", func(w *ward) {
			w.seesAdmin()
			w.srv.Clock().Advance(345 * 24 * time.Hour)
			w.seesAdmin()
		}},
		{"the clock is 5 seconds fast", "clock", "ahead", func(w *ward) {
			w.patient.Now = func() time.Time { return w.srv.Clock().Now().Add(5500 * time.Millisecond) }
		}},
		{"there are no metadata", "metadata", "404", func(w *ward) { w.answer("/.well-known", says(http.StatusNotFound, "")) }},
		{"the metadata name another host", "metadata", "another host, https://elsewhere.example.no", func(w *ward) {
			w.answer("/.well-known", says(http.StatusOK, `{"issuer":"https://test.maskinporten.no/","token_endpoint":"https://elsewhere.example.no/token"}`))
		}},
		{"the API knows no such address", "API", "404", func(w *ward) { w.answer("/v1/", says(http.StatusNotFound, "")) }},
		{"the admin client is unknown", "admin client", "MP-100", func(w *ward) {
			w.seesAdmin()
			w.patient.Admin.ClientID = "nobody"
		}},
		{"the admin client's key is missing", "admin client", "no such file", func(w *ward) {
			w.patient.Admin = &doctor.Credentials{ClientID: "admin", KeyFile: "nowhere.json"}
		}},
		{"the admin client's key is broken", "admin client", "no key in a known form", func(w *ward) {
			w.patient.Admin = &doctor.Credentials{ClientID: "admin", KeyFile: "the environment", Key: []byte("nothing")}
		}},
		{"the admin client is another organisation's", "admin client", "answered 403", func(w *ward) {
			credentials := w.srv.AdminCredentials(maskinporten.Test, w.provider)
			w.patient.Admin = &doctor.Credentials{ClientID: credentials.ClientID, Key: w.must(credentials.Key.MarshalJWK())}
		}},
		{"the admin client may read scopes only", "admin client", "can't see the client", func(w *ward) {
			credentials := w.srv.AdminCredentials(maskinporten.Test, w.consumer, "idporten:scopes.read")
			w.patient.Admin = &doctor.Credentials{ClientID: credentials.ClientID, Key: w.must(credentials.Key.MarshalJWK())}
		}},
		{"the admin client may read clients only", "admin client", "the accesses", func(w *ward) {
			credentials := w.srv.AdminCredentials(maskinporten.Test, w.consumer, "idporten:dcr.read")
			w.patient.Admin = &doctor.Credentials{ClientID: credentials.ClientID, Key: w.must(credentials.Key.MarshalJWK())}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t)
			test.befall(w)
			report := w.examined()
			got := step(t, report, test.step)
			if got.Verdict != doctor.Warn || !strings.Contains(got.Proof, test.proof) || got.Remedy == "" {
				t.Errorf("%s, %q; %q", got.Verdict, got.Proof, got.Remedy)
			}
			if !report.Healthy() {
				t.Errorf("it is in the way:\n%s", printed(report))
			}
		})
	}
}

// A slow network, or a cache on the way, is no wrong clock.
func TestAnAnswerThatIsLateOrOldSaysNothingOfTheClock(t *testing.T) {
	t.Parallel()
	t.Run("it took 8 seconds", func(t *testing.T) {
		t.Parallel()
		w := newWard(t)
		late := time.Duration(0)
		w.patient.Now = func() time.Time { return w.srv.Clock().Now().Add(late) }
		w.answer("/.well-known", func(r *http.Request) (*http.Response, error) {
			defer func() { late = 8 * time.Second }()
			return w.srv.Transport().RoundTrip(r)
		})
		w.patient.Doing = func(what string) {
			if !strings.HasPrefix(what, "the metadata") {
				late = 0
			}
		}
		if got := step(t, w.examined(), "clock"); got.Verdict != doctor.OK {
			t.Errorf("%+v", got)
		}
	})
	t.Run("it was in a cache for an hour", func(t *testing.T) {
		t.Parallel()
		w := newWard(t)
		w.answer("/.well-known", func(r *http.Request) (*http.Response, error) {
			response, err := w.srv.Transport().RoundTrip(r)
			if err == nil {
				response.Header.Set("Date", w.srv.Clock().Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
				response.Header.Set("Age", "3600")
			}
			return response, err
		})
		if got := step(t, w.examined(), "clock"); got.Verdict != doctor.OK {
			t.Errorf("%+v", got)
		}
	})
}

// Self-service knows of a change before the token endpoint does.
func TestAChangeThatIsUnderWayIsTold(t *testing.T) {
	t.Parallel()
	t.Run("access was taken back a moment ago", func(t *testing.T) {
		t.Parallel()
		w := newWard(t)
		w.seesAdmin()
		w.answer("/api/v1/scopes/access/all", says(http.StatusOK, "[]", "Content-Type", "application/json"))
		got := step(t, w.examined(), "access")
		if got.Verdict != doctor.Warn || !strings.Contains(got.Proof, "within minutes") {
			t.Errorf("%+v", got)
		}
	})
	for name, test := range map[string]struct {
		step, remedy string
		then         responder
	}{
		"access was given":          {"access", "a moment ago", refused(403, "forbidden", "Consumer has not been granted access to the scope difi:weather.read.", "MP-250")},
		"the key was registered":    {"client key", "three minutes", refused(400, "invalid_grant", "Unknown key identifier (kid) for client.", "")},
		"the client was registered": {"client", "two minutes", refused(400, "invalid_grant", "Client not found", "MP-100")},
	} {
		t.Run(name+" a moment ago", func(t *testing.T) {
			t.Parallel()
			w := newWard(t)
			w.seesAdmin()
			w.answer("/token", w.firstAdminThen(test.then))
			isNamed(t, w.examined(), test.step, ailment{proof: "but the token endpoint", remedy: test.remedy})
		})
	}
}

// firstAdminThen lets the mock give the admin client's two tokens, and answers what
// comes after them.
func (w *ward) firstAdminThen(then responder) responder {
	left := 2
	return func(r *http.Request) (*http.Response, error) {
		if left--; left >= 0 {
			return w.srv.Transport().RoundTrip(r)
		}
		return then(r)
	}
}

func TestWhatOthersQuoteIsNotRepeated(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.answer("/v1/", func(r *http.Request) (*http.Response, error) {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		return says(http.StatusUnauthorized, "", "WWW-Authenticate", `Bearer error="invalid_token", error_description="`+token+` of `+person+" \x1b[31mred\"")(r)
	})
	got := step(t, w.examined(), "API")
	if !strings.Contains(got.Proof, "[hidden] of [hidden] ?[31mred") {
		t.Errorf("%q", got.Proof)
	}
}

func TestTheDoctorGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	w.answer("/", func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	report := doctor.Examine(ctx, w.patient)
	isNamed(t, report, "connection", ailment{proof: "doesn't answer in time", remedy: "firewall"})
}

// A proxy's name and password are in its address, and in nothing that is told.
func TestAProxyThatWantsALoginIsTold(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]responder{
		"for https": func(*http.Request) (*http.Response, error) { return nil, errors.New("Proxy Authentication Required") },
		"for http":  says(http.StatusProxyAuthRequired, ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t)
			w.answer("/", answer)
			got := step(t, w.examined(), "connection")
			if got.Verdict != doctor.Fail || !strings.Contains(got.Proof, "407") && !strings.Contains(got.Proof, "Proxy Authentication Required") {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestChallengesAreReadHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	for _, header := range []string{
		`Bearer error="insufficient_scope", scope="difi:other"`,
		`bearer scope=difi:other,error=insufficient_scope`,
		`Basic realm="a, b", Bearer realm="x", error="insufficient_scope" , scope="difi:other"`,
		`Negotiate, Bearer error="insufficient_scope", scope="difi:other", error_description="\"quoted\", with a comma"`,
	} {
		w.answer("/v1/", says(http.StatusForbidden, "", "WWW-Authenticate", header))
		if got := step(t, w.examined(), "API"); !strings.Contains(got.Remedy, "ask for a token with difi:other") {
			t.Errorf("%s: %+v", header, got)
		}
	}
	for _, header := range []string{``, `,`, `=`, `"`, `Bearer`, `Bearer "`, `Bearer =`, `Bearer a="\`, `a=b`, strings.Repeat(`Bearer x="`, 2000), "\x00\xff"} {
		w.answer("/v1/", says(http.StatusUnauthorized, "", "WWW-Authenticate", header))
		if got := step(t, w.examined(), "API"); got.Verdict != doctor.Fail || got.Remedy == "" {
			t.Errorf("%q: %+v", header, got)
		}
	}
}

// The API's address may hold what is secret; its answer may hold anything.
func TestOfTheAPIOnlyItsPathIsTold(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	address := check.Got(url.Parse(apiURL))(t)
	address.RawQuery = "key=hidden-in-query"
	w.patient.API = address.String()
	w.answer("/v1/", says(http.StatusForbidden, "hidden in the body"))
	if text := printed(w.examined()); strings.Contains(text, "hidden") {
		t.Error(text)
	}
	w.patient.API = "https://me:hidden@api.example.no/"
	got := step(t, w.examined(), "API")
	if got.Verdict != doctor.Fail || strings.Contains(got.Proof, "hidden@") {
		t.Errorf("%+v", got)
	}
}
