package mockserver_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// crowd is a server with everybody at it at once: clients of the SDK behind
// each kind of door, users of the portal, and tests that steer it.
type crowd struct {
	*testing.T
	srv     *mockserver.Server
	members []*member
	control http.RoundTripper
	saved   []byte
	made    atomic.Int64
}

// member is one organisation in one environment, behind one door.
type member struct {
	*maskinporten.Client
	target maskinporten.Endpoints
	using  []maskinporten.Option
}

// action is one call, or a few that belong together. What it answers is of no
// interest: others may have just taken away what it asks for.
type action func(ctx context.Context, c *crowd, random *rand.Rand)

const (
	crowdSize  = 64
	crowdSteps = 40
	// declared marks the answers of faults that the crowd has asked for.
	declared = "text/declared"
)

func TestACrowdThatMakesAllCallsAtOnceBreaksNothing(t *testing.T) {
	t.Parallel()
	for name, unkind := range map[string][]mockserver.Option{
		"kind": nil, "unkind": {mockserver.WithChaos(7), mockserver.WithPropagation(time.Minute), mockserver.WithVariants(mockserver.VariantStatusesCreated)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCrowd(t, unkind)
			c.mingle()
			c.disperse()
			c.srv.Reset()
			other := check.Got(mockserver.New(crowdOptions(t, unkind)...))(t)
			check.Same(t, string(other.Snapshot()), string(c.srv.Snapshot()), "-a new server +after a reset")
			if unkind != nil {
				return // what an unkind server answers is another thing each time
			}
			check.Same(t, look(t, other), look(t, c.srv), "-a new server answers +after a reset")
		})
	}
}

func crowdOptions(t *testing.T, more []mockserver.Option) []mockserver.Option {
	log := slog.New(slog.NewTextHandler(panicsIn{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	return slices.Concat(deterministic(1), []mockserver.Option{mockserver.WithControl(), mockserver.WithLogger(log)}, more)
}

// panicsIn finds panics of handlers in the log of net/http.
type panicsIn struct{ *testing.T }

// Write implements [io.Writer].
func (p panicsIn) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("panic")) {
		p.Errorf("%s", line)
	}
	return len(line), nil
}

func newCrowd(t *testing.T, more []mockserver.Option) *crowd {
	t.Helper()
	c := &crowd{T: t, srv: check.Got(mockserver.New(crowdOptions(t, more)...))(t)}
	socket := &http.Transport{MaxIdleConnsPerHost: crowdSize}
	t.Cleanup(socket.CloseIdleConnections)
	c.control = &watched{T: t, base: served{c.srv.Handler(base)}}
	organizations := []*mockserver.Organization{c.srv.AddOrganization(storyProvider, "P"), c.srv.AddOrganization(storyConsumer, "C"), c.srv.AddOrganization(storySupplier, "S")}
	for _, env := range []maskinporten.Environment{maskinporten.Test, maskinporten.Prod} {
		doors := map[maskinporten.Endpoints]http.RoundTripper{
			c.srv.Endpoints(env): c.srv.Transport(), c.srv.EndpointsAt(c.srv.URL(), env): socket, c.srv.EndpointsAt(base, env): served{c.srv.Handler(base)},
		}
		for target, transport := range doors {
			using := []maskinporten.Option{
				maskinporten.WithHTTPClient(&http.Client{Transport: &watched{t, transport}}), maskinporten.WithClock(c.srv.Clock().Now), maskinporten.WithAttempts(1),
			}
			for _, o := range organizations {
				client := check.Got(maskinporten.New(target, c.srv.AdminCredentials(env, o), using...))(t)
				c.members = append(c.members, &member{client, target, using})
			}
		}
	}
	c.saved = c.srv.Snapshot()
	return c
}

// mingle lets everybody make calls in any order. All calls are made, some of
// them often. Should they wait for each other, it says who for what.
func (c *crowd) mingle() {
	c.Helper()
	actions := c.actions()
	names := slices.Sorted(maps.Keys(actions))
	var group sync.WaitGroup
	for i := range crowdSize {
		random := rand.New(rand.NewPCG(1, uint64(i))) //nolint:gosec // the same each time
		group.Go(func() {
			for step := range crowdSteps {
				name := names[random.IntN(len(names))]
				if every := i*crowdSteps + step; every < len(names) {
					name = names[every]
				}
				ctx, cancel := context.WithTimeout(c.Context(), 200*time.Millisecond)
				actions[name](ctx, c, random)
				cancel()
			}
		})
	}
	watchdog := time.AfterFunc(2*time.Minute, func() {
		stacks := make([]byte, 1<<20)
		panic(fmt.Sprintf("they wait for each other:\n%s", stacks[:runtime.Stack(stacks, true)])) //nolint:forbidigo // nothing that waits can be closed
	})
	defer watchdog.Stop()
	group.Wait()
}

// disperse waits until nobody asks anything any more. Calls that were given up
// go on for a while: tokens are fetched in the background, and requests lie in
// sockets. After a reset they would be part of what comes next.
func (c *crowd) disperse() {
	c.Helper()
	for _, m := range c.members {
		_ = m.Close() // ends and awaits what goes on in the background
	}
	if err := c.srv.Close(); err != nil { // likewise for connections
		c.Error(err)
	}
}

// watched lets nothing pass that a service must not do, whoever is at fault.
type watched struct {
	*testing.T
	base http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (w *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.base.RoundTrip(r)
	switch {
	case err != nil && strings.Contains(err.Error(), "defect"):
		w.Errorf("%s %s: %v", r.Method, r.URL, err)
	case err == nil && resp.StatusCode >= 500 && resp.Header.Get("Content-Type") != declared:
		w.Errorf("%s %s: %s", r.Method, r.URL, resp.Status)
	}
	return resp, err
}

// served reaches a handler as it is.
type served struct{ http.Handler }

// RoundTrip implements [http.RoundTripper].
func (s served) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	defer func() {
		if p := recover(); p == http.ErrAbortHandler { //nolint:errorlint // a panic, as net/http compares it
			resp, err = nil, io.ErrUnexpectedEOF
		} else if p != nil {
			resp, err = nil, fmt.Errorf("a defect: %v", p)
		}
	}()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

// look asks a server for all that it shows, as somebody would who has just come.
func look(t *testing.T, srv *mockserver.Server) []string {
	t.Helper()
	w := wireTo(t, srv, srv.Handler(base))
	w.steer(http.MethodGet, "ready", "").want(http.StatusOK).decode(&w.ready)
	var seen []string
	saw := func(a answer) { seen = append(seen, fmt.Sprintf("%s: %d %s", a.what, a.status, a.body)) }
	for _, call := range []string{"clock", "audit", "mail", "faults", "lost-notifications", "prefix-orders", "snapshot", "request-count", "nothing"} {
		saw(w.steer(http.MethodGet, call, ""))
	}
	for _, environment := range []string{"test", "ver1", "ver2", "prod"} {
		provider := w.in(environment, "provider", scopesRead)
		seen = append(seen, fmt.Sprint(claimsOf(t, provider.token)))
		for _, path := range []string{"/scopes?inactive=true", "/scopes/access?inactive=true", "/scopes/all?inactive=true", "/prefix", "/prefix/all", "/delegationsources", "/none"} {
			saw(provider.get(path))
		}
		saw(w.in(environment, "provider", dcrRead).get("/clients?inactive=true"))
	}
	return seen
}

// methods names the exported methods of a type, as the crowd's actions are
// named.
func methods(of any, without ...string) []string {
	kind := reflect.TypeOf(of)
	var names []string
	for method := range kind.Methods() {
		if name := method.Name; !slices.Contains(without, name) {
			names = append(names, kind.Elem().Name()+"."+name)
		}
	}
	return names
}

func TestTheCrowdMakesAllCalls(t *testing.T) {
	t.Parallel()
	printing := []string{"Format", "String", "LogValue"}
	want := slices.Concat(
		methods(&maskinporten.ScopesService{}, printing...), methods(&maskinporten.AccessService{}, printing...),
		methods(&maskinporten.ClientsService{}, printing...), methods(&maskinporten.IntegrationsService{}, printing...),
		methods(&mockserver.Server{}, "Close", "Serve"), methods(&mockserver.Clock{}), methods(&mockserver.Altinn{}), methods(&mockserver.FaultHandle{}),
		methods(&mockserver.Organization{}), methods(&mockserver.Portal{}), methods(&mockserver.PortalSession{}),
		documented(t),
	)
	slices.Sort(want)
	got := slices.Sorted(maps.Keys((&crowd{T: t}).actions()))
	check.Same(t, want, got, "-the calls that there are +those that the crowd makes")
}
