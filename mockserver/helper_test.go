package mockserver_test

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// pointing is a test that finds out at which file a failure points, as the
// testing package does.
type pointing struct {
	mockserver.TB
	helpers  map[string]bool
	cleanups []func()
	at       string
}

// Helper implements [mockserver.TB].
func (p *pointing) Helper() {
	pcs := make([]uintptr, 1)
	frame, _ := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)]).Next()
	p.helpers[frame.Function] = true
}

// Cleanup implements [mockserver.TB].
func (p *pointing) Cleanup(f func()) { p.cleanups = append(p.cleanups, f) }

// Failed implements [mockserver.TB].
func (p *pointing) Failed() bool { return p.at != "" }

// Fatalf implements [mockserver.TB].
func (p *pointing) Fatalf(format string, args ...any) {
	pcs := make([]uintptr, 50)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		frame, more := frames.Next()
		if !p.helpers[frame.Function] || !more {
			p.at = filepath.Base(frame.File)
			panic(fmt.Sprintf(format, args...)) //nolint:forbidigo // ends the call, as in a real test
		}
	}
}

// mistakes are calls that end a test, by what they call.
var mistakes = map[string]func(*mockserver.Server, *mockserver.Organization){
	"Server.AddOrganization":  func(s *mockserver.Server, _ *mockserver.Organization) { s.AddOrganization("1", "n") },
	"Server.AdminCredentials": func(s *mockserver.Server, o *mockserver.Organization) { s.AdminCredentials("mars", o) },
	"Server.App":              func(s *mockserver.Server, o *mockserver.Organization) { s.App(o) },
	"Server.AppIn":            func(s *mockserver.Server, o *mockserver.Organization) { s.AppIn("mars", o, "difi:a") },
	"Server.Client":           func(s *mockserver.Server, _ *mockserver.Organization) { s.Client(&mockserver.Organization{OrgNo: "1"}) },
	"Server.ClientIn":         func(s *mockserver.Server, o *mockserver.Organization) { s.ClientIn("mars", o) },
	"Server.Fail":             func(s *mockserver.Server, _ *mockserver.Organization) { s.Fail(mockserver.Fault{}) },
	"Server.Handle":           func(s *mockserver.Server, _ *mockserver.Organization) { s.Handle("nowhere", http.NotFoundHandler()) },
	"Server.Handler":          func(s *mockserver.Server, _ *mockserver.Organization) { s.Handler("nowhere") },
	"Server.IssueCertificate": func(s *mockserver.Server, _ *mockserver.Organization) { s.IssueCertificate("test", "1", "valid") },
	"Server.JWK":              func(s *mockserver.Server, _ *mockserver.Organization) { s.JWK(-1, "k") },
	"Server.Key":              func(s *mockserver.Server, _ *mockserver.Organization) { s.Key(0, "") },
	"Server.RotateSigningKey": func(s *mockserver.Server, _ *mockserver.Organization) { s.RotateSigningKey("mars") },
	"Server.Serve":            func(s *mockserver.Server, _ *mockserver.Organization) { s.Serve(nil, "nowhere") },
	"Server.Token":            func(s *mockserver.Server, _ *mockserver.Organization) { s.Token("mars", nil) },
	"Server.URL":              func(s *mockserver.Server, _ *mockserver.Organization) { _ = s.Close(); s.URL() },
	"Altinn.AddSystemUser": func(s *mockserver.Server, _ *mockserver.Organization) {
		s.Altinn().AddSystemUser(mockserver.SystemUser{})
	},
	"Altinn.Delegate":   func(s *mockserver.Server, _ *mockserver.Organization) { s.Altinn().Delegate("1", "2", "difi:a") },
	"Altinn.SetConsent": func(s *mockserver.Server, _ *mockserver.Organization) { s.Altinn().SetConsent(mockserver.Consent{}) },
	"Clock.Advance":     func(s *mockserver.Server, _ *mockserver.Organization) { farClock(s).Advance(math.MaxInt64) },
	"Clock.Fix": func(s *mockserver.Server, _ *mockserver.Organization) {
		s.Clock().Fix(time.Time{}.AddDate(10000, 0, 0))
	},
	"Clock.Set": func(s *mockserver.Server, _ *mockserver.Organization) {
		s.Clock().Set(time.Time{}.AddDate(10000, 0, 0))
	},
	"Organization.AssignPrefix": func(_ *mockserver.Server, o *mockserver.Organization) { o.AssignPrefix("Not A Prefix") },
}

func farClock(s *mockserver.Server) *mockserver.Clock {
	s.Clock().Set(time.Date(9990, 1, 1, 0, 0, 0, 0, time.UTC))
	return s.Clock()
}

func TestAFailingTestPointsAtTheTest(t *testing.T) {
	t.Parallel()
	for name, mistake := range mistakes {
		p := &pointing{TB: t, helpers: map[string]bool{}}
		srv := mockserver.Start(p)
		o := srv.AddOrganization("991825827", "D")
		if said := panicOf(func() { mistake(srv, o) }); said == "" || p.at != "helper_test.go" {
			t.Errorf("%s points at %q: %s", name, p.at, said)
		}
	}
	p := &pointing{TB: t, helpers: map[string]bool{}}
	if said := panicOf(func() { mockserver.Start(p, mockserver.WithTime(nil)) }); said == "" || p.at != "helper_test.go" {
		t.Errorf("Start points at %q: %s", p.at, said)
	}
}

// All that may end a test does so in the table; the others return an error, or
// can't fail.
func TestEachMethodThatMayEndATestIsInTheTable(t *testing.T) {
	t.Parallel()
	harmless := []string{
		"Server.Altinn", "Server.Answered", "Server.AssertNoUnexpected", "Server.AuditLog", "Server.ClearFaults", "Server.ClientOptions", "Server.Clock", "Server.Close",
		"Server.DecidePrefix", "Server.Endpoints", "Server.EndpointsAt", "Server.HTTPClient", "Server.LostNotifications", "Server.Mailbox", "Server.OpenAPI",
		"Server.PendingPrefixOrders", "Server.Portal", "Server.Ready", "Server.Requests", "Server.Reset", "Server.Restore", "Server.Snapshot",
		"Server.TLSClient", "Server.TLSConfig", "Server.TLSRootPEM", "Server.TLSRoots", "Server.Transport",
		"Altinn.Undelegate", "Clock.Now", "Clock.Reset",
	}
	want := slices.Concat(methods(&mockserver.Server{}), methods(&mockserver.Clock{}), methods(&mockserver.Altinn{}), methods(&mockserver.Organization{}))
	got := append(slices.Collect(maps.Keys(mistakes)), harmless...)
	slices.Sort(want)
	slices.Sort(got)
	check.Same(t, want, got, "-methods +table")
}

func TestAFaultThatMetNoRequestPointsAtItsDeclaration(t *testing.T) {
	t.Parallel()
	complaint := ""
	p := &complaining{pointing: pointing{TB: t, helpers: map[string]bool{}}, said: &complaint}
	srv := mockserver.Start(p)
	srv.Fail(mockserver.Fault{Status: 503, Environment: maskinporten.Test})
	for _, cleanup := range slices.Backward(p.cleanups) {
		cleanup()
	}
	check.Same(t, `mockserver: the fault {"environment":"test","status":503} met no request`, complaint)
}

type complaining struct {
	pointing
	said *string
}

// Errorf implements [mockserver.TB].
func (c *complaining) Errorf(format string, args ...any) { *c.said = fmt.Sprintf(format, args...) }
