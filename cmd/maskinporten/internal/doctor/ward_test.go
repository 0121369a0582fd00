package doctor_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/doctor"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

const (
	weather = "difi:weather.read"
	apiURL  = "https://api.example.no/v1/weather"
)

// ward is a healthy patient, whom an ailment befalls.
type ward struct {
	*testing.T
	srv                *mockserver.Server
	provider, consumer *mockserver.Organization
	admin, owner       *maskinporten.Client // of the consumer, of the provider
	patient            doctor.Patient
	key                *maskinporten.Key

	certified string // a client of the consumer without keys

	// answers stand before the mock, the last first, where something else answers.
	answers []answer
}

// answer is what comes of requests to paths that begin so.
type answer struct {
	path string
	give responder
}

// responder answers a request, as some server does.
type responder func(*http.Request) (*http.Response, error)

func newWard(t *testing.T, options ...mockserver.Option) *ward {
	t.Helper()
	srv := mockserver.Start(t, options...)
	w := &ward{T: t, srv: srv}
	w.provider = srv.AddOrganization("991825827", "Digitaliseringsdirektoratet").AssignPrefix("difi")
	w.consumer = srv.AddOrganization("889640782", "Arbeids- og velferdsetaten")
	app := srv.App(w.consumer, weather)
	w.owner, w.admin = srv.Client(w.provider), srv.Client(w.consumer)
	w.changeScope(weather, func(s *maskinporten.Scope) { s.Visibility = maskinporten.VisibilityPublic })
	srv.Handle("https://api.example.no", http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusOK) }))
	w.key = app.Key
	w.patient = doctor.Patient{
		Target:  srv.Endpoints(maskinporten.Test),
		Client:  doctor.Credentials{ClientID: app.ClientID},
		Request: maskinporten.TokenRequest{Scopes: []string{weather}},
		HTTP:    &http.Client{Transport: w},
		Now:     srv.Clock().Now,
		API:     apiURL,
	}
	w.keyFile("key.json", w.must(app.Key.MarshalJWK()))
	certified := check.Got(w.admin.Clients.Create(t.Context(), maskinporten.ClientCreate{
		Name: "weather, by certificate", IntegrationType: maskinporten.IntegrationTypeMaskinporten, Scopes: w.patient.Request.Scopes,
	}))(t)
	w.certified = certified.ClientID
	return w
}

// RoundTrip is what the patient's network does.
func (w *ward) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == stranger {
		w.Errorf("%s was called, to which only a redirect leads", stranger)
	}
	for _, a := range slices.Backward(w.answers) {
		if strings.HasPrefix(r.URL.Path, a.path) {
			return a.give(r) //nolint:bodyclose // who asks does
		}
	}
	return w.srv.Transport().RoundTrip(r)
}

// stranger is where redirects lead.
const stranger = "login.example.no"

// answer lets something else answer what is asked of paths that begin so.
func (w *ward) answer(path string, give responder) {
	w.answers = append(w.answers, answer{path, give})
}

// says is an answer.
func says(status int, body string, header ...string) responder {
	return func(r *http.Request) (*http.Response, error) {
		h := http.Header{"Content-Type": {"text/html"}}
		for i := 0; i+1 < len(header); i += 2 {
			h.Add(header[i], header[i+1])
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}, nil
	}
}

// keyFile puts the patient's key into a file.
func (w *ward) keyFile(name string, content []byte) {
	w.Helper()
	path := filepath.Join(w.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		w.Fatal(err)
	}
	w.patient.Client.KeyFile = path
}

func (w *ward) must(data []byte, err error) []byte {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
	return data
}

// changeScope changes a scope of the provider.
func (w *ward) changeScope(name string, change func(*maskinporten.Scope)) {
	w.Helper()
	_, err := w.owner.Scopes.Update(w.Context(), name, func(s *maskinporten.Scope) error { change(s); return nil })
	if err != nil {
		w.Fatal(err)
	}
}

// withScope adds another scope of the provider to the client, and asks for it.
func (w *ward) withScope(create maskinporten.ScopeCreate) string {
	w.Helper()
	create.Prefix, create.Description = "difi", "Another one"
	create.Visibility = maskinporten.VisibilityPublic
	scope, err := w.owner.Scopes.Create(w.Context(), create)
	if err != nil {
		w.Fatal(err)
	}
	_, err = w.admin.Clients.Update(w.Context(), w.patient.Client.ClientID, func(c *maskinporten.ClientRegistration) error {
		c.Scopes = append(c.Scopes, scope.Name)
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	w.patient.Request.Scopes = []string{scope.Name}
	return scope.Name
}

// withCertificate makes the patient one that goes by a business certificate.
func (w *ward) withCertificate(orgno maskinporten.OrgNo, kind mockserver.CertificateKind) *mockserver.Certificate {
	w.Helper()
	w.patient.Client.ClientID = w.certified
	certificate := w.srv.IssueCertificate(maskinporten.Test, orgno, kind)
	w.keyFile("key.p12", w.must(certificate.PKCS12("a password of tests")))
	w.patient.Client.Options.Password = maskinporten.NewSecret("a password of tests")
	return certificate
}

// seesAdmin gives the doctor an admin client of the consumer.
func (w *ward) seesAdmin() {
	w.Helper()
	credentials := w.srv.AdminCredentials(maskinporten.Test, w.consumer)
	w.patient.Admin = &doctor.Credentials{ClientID: credentials.ClientID, KeyFile: "admin.json", Key: w.must(credentials.Key.MarshalJWK())}
}

// examined is the report, after a check that nothing secret is in it.
func (w *ward) examined() doctor.Report {
	w.Helper()
	report := doctor.Examine(w.Context(), w.patient)
	text := w.must(report.MarshalJSON())
	for _, secret := range []string{"eyJ", "PRIVATE KEY", "a password of tests", `"d":`, person} {
		if bytes.Contains(text, []byte(secret)) {
			w.Errorf("the report holds %q:\n%s", secret, text)
		}
	}
	return report
}

// person is a national identity number of nobody, for tests.
const person = "98765432109"
