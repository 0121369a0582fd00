package mockserver_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

const time1h = time.Hour

// steering makes an action of what a Go test does with the server.
func steering(do func(srv *mockserver.Server, random *rand.Rand)) action {
	return func(_ context.Context, c *crowd, random *rand.Rand) { do(c.srv, random) }
}

// anyEnv is one of two environments.
func anyEnv(random *rand.Rand) maskinporten.Environment {
	return []maskinporten.Environment{maskinporten.Test, maskinporten.Prod}[random.IntN(2)]
}

func organization(srv *mockserver.Server, random *rand.Rand) *mockserver.Organization {
	return srv.AddOrganization(anyOrg(random), "n")
}

// fault is one that the crowd notices, and soon ends.
var fault = mockserver.Fault{Operation: "GET *", Status: 503, ContentType: declared, Times: 2}

var serverActions = map[string]action{
	"Server.AddOrganization": steering(func(srv *mockserver.Server, r *rand.Rand) {
		srv.AddOrganization(mockserver.SampleOrgNo(r.IntN(50)), "n")
	}),
	"Server.AdminCredentials": steering(func(srv *mockserver.Server, r *rand.Rand) {
		srv.AdminCredentials(anyEnv(r), organization(srv, r), scopesRead)
	}),
	"Server.Altinn": steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.Altinn() }),
	"Server.Handle": steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.Handle("https://api.example", http.NotFoundHandler()) }),
	"Server.App": steering(func(srv *mockserver.Server, r *rand.Rand) {
		panicOf(func() { srv.App(organization(srv, r), anyScope(r)) })
	}),
	"Server.AppIn": steering(func(srv *mockserver.Server, r *rand.Rand) {
		panicOf(func() { srv.AppIn(anyEnv(r), organization(srv, r), anyScope(r)) }) // others retire scopes, and withdraw signatures
	}),
	"Server.JWK":                steering(func(srv *mockserver.Server, r *rand.Rand) { srv.JWK(r.IntN(9), "k") }),
	"Server.Answered":           steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.Answered() }),
	"Server.AssertNoUnexpected": steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.AssertNoUnexpected(&faultyTest{}) }),
	"Server.AuditLog":           steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.AuditLog() }),
	"Server.ClearFaults":        steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.ClearFaults() }),
	"Server.ClientOptions":      steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.ClientOptions() }),
	"Server.Clock":              steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.Clock() }),
	"Altinn.Delegate": steering(func(srv *mockserver.Server, r *rand.Rand) {
		srv.Altinn().Delegate(storyConsumer, storySupplier, anyScope(r))
	}),
	"Altinn.Undelegate": steering(func(srv *mockserver.Server, r *rand.Rand) {
		srv.Altinn().Undelegate(storyConsumer, storySupplier, anyScope(r))
	}),
	"Server.Endpoints":   steering(func(srv *mockserver.Server, r *rand.Rand) { srv.Endpoints(anyEnv(r)) }),
	"Server.EndpointsAt": steering(func(srv *mockserver.Server, r *rand.Rand) { srv.EndpointsAt(base, anyEnv(r)) }),
	"Server.Fail":        steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.Fail(fault) }),
	"Server.HTTPClient":  steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.HTTPClient() }),
	"Server.IssueCertificate": steering(func(srv *mockserver.Server, r *rand.Rand) {
		srv.IssueCertificate(anyEnv(r), anyOrg(r), mockserver.CertificateRevoked)
	}),
	"Server.Key":               steering(func(srv *mockserver.Server, r *rand.Rand) { srv.Key(r.IntN(9), "k") }),
	"Server.LostNotifications": steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.LostNotifications() }),
	"Server.Mailbox":           steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.Mailbox("") }),
	"Server.Portal":            steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.Portal() }),
	"Server.Ready":             steering(func(srv *mockserver.Server, _ *rand.Rand) { _, _ = srv.Ready(base) }),
	"Server.Requests":          steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.Requests() }),
	"Server.Reset":             steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.Reset() }),
	"Server.RotateSigningKey":  steering(func(srv *mockserver.Server, r *rand.Rand) { srv.RotateSigningKey(anyEnv(r)) }),
	"Altinn.SetConsent": steering(func(srv *mockserver.Server, r *rand.Rand) {
		srv.Altinn().SetConsent(mockserver.Consent{ID: anyClient(r)})
	}),
	"Server.Snapshot":            steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.Snapshot() }),
	"Server.TLSClient":           steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.TLSClient().CloseIdleConnections() }),
	"Server.TLSConfig":           steering(func(srv *mockserver.Server, _ *rand.Rand) { _, _ = srv.TLSConfig("https://localhost") }),
	"Server.TLSRootPEM":          steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.TLSRootPEM() }),
	"Server.TLSRoots":            steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.TLSRoots() }),
	"Server.OpenAPI":             steering(func(srv *mockserver.Server, _ *rand.Rand) { _, _ = srv.OpenAPI(base) }),
	"Server.Token":               steering(func(srv *mockserver.Server, r *rand.Rand) { srv.Token(anyEnv(r), nil) }),
	"Server.Transport":           steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.Transport() }),
	"Server.URL":                 steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.URL() }),
	"Server.PendingPrefixOrders": steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.PendingPrefixOrders() }),
	"Clock.Now":                  steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.Clock().Now() }),
	"Clock.Reset":                steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.Clock().Reset() }),
	"Clock.Advance": steering(func(srv *mockserver.Server, r *rand.Rand) {
		srv.Clock().Advance(time.Duration(r.IntN(9000)) * time.Hour)
	}),
	"Clock.Set":        steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.Clock().Set(time.Now()) }),
	"Clock.Fix":        steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.Clock().Fix(time.Now()) }),
	"FaultHandle.Hits": steering(func(srv *mockserver.Server, _ *rand.Rand) { srv.Fail(fault).Hits() }),
	"FaultHandle.Remove": steering(func(srv *mockserver.Server, _ *rand.Rand) {
		srv.Fail(mockserver.Fault{Operation: "GET *", Stale: true}).Remove()
	}),
	"Organization.AssignPrefix": steering(func(srv *mockserver.Server, _ *rand.Rand) {
		srv.AddOrganization(storyProvider, "n").AssignPrefix("more")
	}),
	"Server.Handler": steering(func(srv *mockserver.Server, r *rand.Rand) {
		srv.Handler(fmt.Sprintf("http://door%d.example", r.IntN(9)))
	}),
	"Altinn.AddSystemUser": func(_ context.Context, c *crowd, _ *rand.Rand) {
		c.srv.Altinn().AddSystemUser(mockserver.SystemUser{OrgNo: storyConsumer, Vendor: storySupplier, ExternalRef: fmt.Sprint(c.made.Add(1))})
	},
	"Server.Restore": func(_ context.Context, c *crowd, _ *rand.Rand) {
		if err := c.srv.Restore(c.saved); err != nil {
			c.Error(err)
		}
	},
	"Server.DecidePrefix": steering(func(srv *mockserver.Server, r *rand.Rand) {
		for _, order := range srv.PendingPrefixOrders() {
			_, _ = srv.DecidePrefix(order.ID, r.IntN(2) == 0, "")
		}
	}),
	"Server.Client": func(ctx context.Context, c *crowd, r *rand.Rand) {
		client := c.srv.Client(organization(c.srv, r), maskinporten.WithAttempts(1))
		_, _ = client.Organization(ctx, anyOrg(r))
		_ = client.Close()
	},
	"Server.ClientIn": func(ctx context.Context, c *crowd, r *rand.Rand) {
		client := c.srv.ClientIn(anyEnv(r), organization(c.srv, r), maskinporten.WithAttempts(1))
		token, err := client.Authenticator().Token(ctx, maskinporten.TokenRequest{Scopes: []string{scopesRead}})
		if err == nil {
			client.Authenticator().Forget(token)
		}
		_ = client.Close()
	},
}

const kari = "kari@digdir.no"

// letIn lets Kari in, who signs up when she isn't known.
func letIn(srv *mockserver.Server) *mockserver.PortalSession {
	p := srv.Portal()
	if session, err := p.SignIn(kari, "korrekt hest"); err == nil {
		return session
	}
	_ = p.AppointManager(storyProvider, kari)
	_ = p.SignUp(mockserver.SignUp{Name: "Kari", Mail: kari, Password: "korrekt hest", PID: "01010112345"})
	_ = p.ConfirmMail(kari)
	session, _ := p.SignIn(kari, "korrekt hest")
	return session
}

// user makes an action of what somebody does at the portal who is signed in.
func user(do func(s *mockserver.PortalSession, random *rand.Rand)) action {
	return steering(func(srv *mockserver.Server, random *rand.Rand) {
		if s := letIn(srv); s != nil {
			_ = s.SignInWithIDPorten("01010112345")
			do(s, random)
		}
	})
}

var portalActions = map[string]action{
	"Portal.RegisterOrganization": steering(func(srv *mockserver.Server, r *rand.Rand) {
		_ = srv.Portal().RegisterOrganization(mockserver.SampleOrgNo(r.IntN(50)), "n", fmt.Sprintf("n%d.no", r.IntN(50)))
	}),
	"Portal.SignTerms":      steering(func(srv *mockserver.Server, r *rand.Rand) { _ = srv.Portal().SignTerms(anyOrg(r)) }),
	"Portal.WithdrawTerms":  steering(func(srv *mockserver.Server, _ *rand.Rand) { _ = srv.Portal().WithdrawTerms(storySupplier) }),
	"Portal.AppointManager": steering(func(srv *mockserver.Server, _ *rand.Rand) { _ = srv.Portal().AppointManager(storyProvider, kari) }),
	"Portal.SignUp":         steering(func(srv *mockserver.Server, _ *rand.Rand) { letIn(srv) }),
	"Portal.SignIn":         steering(func(srv *mockserver.Server, _ *rand.Rand) { _, _ = srv.Portal().SignIn(kari, "korrekt hest") }),
	"Portal.ConfirmMail":    steering(func(srv *mockserver.Server, _ *rand.Rand) { _ = srv.Portal().ConfirmMail(kari) }),
	"Portal.Confirm":        steering(func(srv *mockserver.Server, _ *rand.Rand) { _ = srv.Portal().Confirm("x") }),

	"PortalSession.SignInWithIDPorten": user(func(s *mockserver.PortalSession, _ *rand.Rand) { _ = s.SignInWithIDPorten("1") }),
	"PortalSession.Profile":            user(func(s *mockserver.PortalSession, _ *rand.Rand) { _, _ = s.Profile() }),
	"PortalSession.SignOut":            user(func(s *mockserver.PortalSession, _ *rand.Rand) { _ = s.SignOut() }),
	"PortalSession.Restrict": user(func(s *mockserver.PortalSession, r *rand.Rand) {
		_ = s.Restrict(maskinporten.Test, []string{kari}[:r.IntN(2)]...)
	}),
	"PortalSession.OrderProduction": user(func(s *mockserver.PortalSession, _ *rand.Rand) {
		_ = s.OrderProduction(mockserver.Person{Name: "Kari", Mail: kari, Phone: "12345678"})
	}),
	"PortalSession.DelegateRights": user(func(s *mockserver.PortalSession, _ *rand.Rand) { _ = s.DelegateRights(kari, mockserver.RightAPIs) }),
	"PortalSession.SetPID":         user(func(s *mockserver.PortalSession, _ *rand.Rand) { _ = s.SetPID(portalPID) }),
	"PortalSession.RequestRights": user(func(s *mockserver.PortalSession, r *rand.Rand) {
		_, _ = s.RequestRights(anyEnv(r), mockserver.RightAPIs)
	}),
	"PortalSession.DecideRights": user(func(s *mockserver.PortalSession, r *rand.Rand) { _, _ = s.DecideRights("x", r.IntN(2) == 0) }),
	"PortalSession.TakeBack":     user(func(s *mockserver.PortalSession, _ *rand.Rand) { _ = s.TakeBack(kari) }),
	"PortalSession.PrefixOrders": user(func(s *mockserver.PortalSession, _ *rand.Rand) { _, _ = s.PrefixOrders() }),
	"PortalSession.HTTPClient":   user(func(s *mockserver.PortalSession, _ *rand.Rand) { s.HTTPClient() }),
	"PortalSession.OrderPrefix": user(func(s *mockserver.PortalSession, r *rand.Rand) {
		_, _ = s.OrderPrefix(anyEnv(r), fmt.Sprintf("p%d", r.IntN(20)), "for all")
	}),
	"PortalSession.Client": user(func(s *mockserver.PortalSession, r *rand.Rand) {
		client, err := s.Client(anyEnv(r))
		if err != nil {
			return
		}
		ctx := context.Background() //nolint:usetesting // no test at hand; in memory nothing waits
		_, _ = client.Scopes.Create(ctx, newScope(anyScope(r)[len("difi:"):]))
		_, _ = client.Scopes.Deactivate(ctx, anyScope(r))
		_ = client.Close()
	}),
}

// controlInput is what control calls take that take something; %d is another
// number each time.
var controlInput = map[string]string{
	"POST url":                 `{"url":"http://mock.example"}`,
	"POST settings":            `{"propagation":"1s","lenient":false}`,
	"POST clock":               `{"advance":"2000h"}`,
	"POST apps":                `{"environment":"test","orgno":"974760673","scopes":["difi:s1"]}`,
	"POST credentials":         `{"environment":"prod","orgno":"991825827"}`,
	"POST tokens":              `{"environment":"test","flaws":["tampered"]}`,
	"POST signing-keys":        `{"environment":"test"}`,
	"POST certificates":        `{"environment":"test","orgno":"991825827"}`,
	"POST organizations":       `{"orgno":"991825827","name":"n","terms_signed":true,"managers":["kari@digdir.no"]}`,
	"POST prefixes":            `{"orgno":"991825827","prefix":"more%d"}`,
	"POST prefix-orders":       `{"id":"x","granted":true}`,
	"POST delegations":         `{"consumer":"889640782","supplier":"910753614","scope":"difi:s1"}`,
	"POST system-users":        `{"orgno":"889640782","vendor_orgno":"910753614","external_ref":"c%d"}`,
	"POST consents":            `{"id":"c%d"}`,
	"POST faults":              `{"operation":"GET *","times":1,"status":503,"content_type":"` + declared + `"}`,
	"GET keys":                 "?number=1",
	"GET organization-numbers": "?number=%d",
	"DELETE delegations":       "?consumer=889640782&supplier=910753614&scope=difi:s1",
}

// controlActions are those of CONTROL.md.
func (c *crowd) controlActions() map[string]action {
	actions := map[string]action{}
	for _, call := range documented(c.T) {
		actions[call] = func(ctx context.Context, c *crowd, _ *rand.Rand) {
			method, path, _ := strings.Cut(call, " ")
			input := strings.Replace(controlInput[call], "%d", fmt.Sprint(c.made.Add(1)), 1)
			if strings.HasSuffix(call, " snapshot") && method != http.MethodGet {
				input = string(c.saved)
			}
			if strings.HasPrefix(input, "?") {
				path, input = path+input, ""
			}
			c.steer(ctx, method, path, input)
		}
	}
	return actions
}

// steer makes a control call, which works unless it is about what others may
// have decided before.
func (c *crowd) steer(ctx context.Context, method, path, body string) {
	request, err := http.NewRequestWithContext(ctx, method, base+"/_mock/"+path, strings.NewReader(body))
	if err != nil {
		c.Error(err)
		return
	}
	resp, err := c.control.RoundTrip(request)
	if err != nil {
		c.Errorf("%s %s: %v", method, path, err)
		return
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK && path != "prefix-orders" && path != "apps" || err != nil {
		c.Errorf("%s %s: %d %s %v", method, path, resp.StatusCode, text, err)
	}
}
