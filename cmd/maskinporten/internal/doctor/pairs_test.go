package doctor_test

import (
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/doctor"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// pairs are ailments that befall together: what must be fixed first, and what
// comes to light, or can be mended, only afterwards.
var pairs = [][2]string{
	{"no client is named", "the key file is missing"},
	{"scopes are separated by a comma", "the key is weak"},
	{"consumer_org is no organisation number", "the client is unknown"},
	{"the key file is missing", "the clock is 5 minutes fast"},
	{"the key file is UTF-16", "the proxy is dead"},
	{"the key file has lost its line breaks", "the client was deactivated"},
	{"the password is wrong", "access was taken back"},
	{"the key file has the public key only", "the client is unknown"},
	{"the key is weak", "the TLS certificate is not trusted"},
	{"the key has no kid", "the scope is misspelt"},
	{"the certificate is for another key", "there is no such host"},
	{"the certificate has expired", "the clock is 5 minutes slow"},
	{"a production certificate in test", "access was taken back"},
	{"the certificate was revoked", "the clock is 5 minutes fast"},
	{"the certificate is another organisation's", "the API is broken"},
	{"there is no such host", "the client was deactivated"},
	{"the proxy is dead", "the key has expired"},
	{"a page answers in place of the metadata", "the client is unknown"},
	{"the issuer's slash is missing", "access was taken back"},
	{"another issuer answers", "the scope is misspelt"},
	{"the clock is 5 minutes fast", "the client is unknown"},
	{"the clock is 5 minutes slow", "the key has expired"},
	{"the clock is 5 minutes fast", "access was taken back"},
	{"the client is unknown", "the kid is unknown"},
	{"the client was deactivated", "the scope is misspelt"},
	{"the client is another environment's", "there is no such system user"},
	{"the kid is unknown", "the scope is not on the client"},
	{"the kid is that of another key", "access was taken back"},
	{"the key has expired", "the scope is misspelt"},
	{"the key has expired", "nothing is delegated"},
	{"a certificate, and the client has keys", "the scope was deactivated"},
	{"the scope is misspelt", "the API looks for itself in aud"},
	{"the scope was deactivated", "access was taken back"},
	{"the scope is not on the client", "there is no such system user"},
	{"the scope is for other clients", "access was taken back"},
	{"access was taken back", "there is no such system user"},
	{"access was never given", "the API wants another scope"},
	{"nothing is delegated", "there is no such system user"},
	{"there is no such consent", "the API looks for itself in aud"},
	{"the token endpoint is down", "the API redirects elsewhere"},
}

func TestOfTwoTheOneToMendFirstIsNamed(t *testing.T) {
	t.Parallel()
	byName := map[string]ailment{}
	for _, a := range ailments() {
		byName[a.name] = a
	}
	for _, pair := range pairs {
		first, second := byName[pair[0]], byName[pair[1]]
		if first.befall == nil || second.befall == nil {
			t.Fatalf("no such ailments: %q", pair)
		}
		for _, admin := range []bool{false, true} {
			name := pair[0] + ", and " + pair[1]
			if admin {
				name += ", with an admin client"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWard(t)
				second.befall(w)
				first.befall(w)
				if admin {
					w.seesAdmin()
				}
				isNamed(t, w.examined(), first.first, first)
			})
		}
	}
}

// What depends on the time is judged by the service's.
func TestAClockThatIsWrongMakesNoCertificateWrong(t *testing.T) {
	t.Parallel()
	for name, off := range map[string]time.Duration{"a month slow": -30 * 24 * time.Hour, "three years fast": 3 * 366 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t)
			w.withCertificate(w.consumer.OrgNo, mockserver.CertificateValid)
			w.patient.Now = func() time.Time { return w.srv.Clock().Now().Add(off) }
			report := w.examined()
			for _, step := range report.Steps {
				if want := step.Name == "clock"; (step.Verdict == doctor.Fail) != want {
					t.Errorf("%s: %s: %s", step.Name, step.Verdict, step.Proof)
				}
			}
		})
	}
}
