package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/desired"
	"github.com/maskinporten-go/maskinporten/internal/dev/rounds"
)

// organisation has scopes, accesses to them and clients, some of which aren't
// as a state wants them.
type organisation struct {
	scopes, access, clients []byte
	state                   *desired.State
	accesses                int

	requests atomic.Int64
}

// newOrganisation has a number of accesses, and a tenth as many clients.
func newOrganisation(tb testing.TB, accesses int) *organisation {
	tb.Helper()
	const perScope = 1000
	o := &organisation{accesses: accesses, clients: clientList(accesses / 10), state: &desired.State{Owns: desired.Owns{Prefixes: []string{"difi"}, Clients: []string{"Case *"}}}}
	consumers := orgNos(perScope)
	var scopes, access bytes.Buffer
	for n := range accesses / perScope {
		fmt.Fprintf(&scopes, `,{"prefix":"difi","subscope":"api%d","name":"difi:api%d","description":"d","owner_orgno":"991825827","active":true,"visibility":"PRIVATE","token_type":"SELF_CONTAINED"}`, n, n)
		for _, consumer := range consumers {
			fmt.Fprintf(&access, `,{"scope":"difi:api%d","owner_orgno":"991825827","owner_organization_name":"Digitaliseringsdirektoratet","consumer_orgno":%q,`+
				`"consumer_organization_name":"Arbeids- og velferdsetaten","state":"APPROVED","created":"2025-07-02T08:30:00.000000001Z","last_updated":"2025-07-02T08:30:00.597Z"}`, n, consumer)
		}
		o.state.Scopes = append(o.state.Scopes, desired.Scope{
			ScopeCreate: maskinporten.ScopeCreate{Prefix: "difi", Subscope: fmt.Sprint("api", n), Description: "d"},
			Access:      append([]maskinporten.OrgNo{"991825827"}, consumers[:perScope-1]...), // one more, and one less
		})
	}
	for n := range accesses / 10 {
		description := "Reads the tax office's API"
		if n%100 == 0 {
			description = "Reads it"
		}
		o.state.Clients = append(o.state.Clients, desired.Client{ClientCreate: maskinporten.ClientCreate{
			Name: fmt.Sprint("Case handling ", n), Description: description, Scopes: []string{"difi:api3", "difi:api/v3.read"},
		}})
	}
	o.scopes, o.access = listOf(&scopes), listOf(&access)
	return o
}

func listOf(elements *bytes.Buffer) []byte {
	list := append([]byte("["), bytes.TrimPrefix(elements.Bytes(), []byte(","))...)
	return append(list, ']')
}

// orgNos makes different valid organisation numbers.
func orgNos(n int) []maskinporten.OrgNo {
	var made []maskinporten.OrgNo
	for body := 80_000_000; len(made) < n; body++ {
		for digit := range 10 {
			if o := maskinporten.OrgNo(fmt.Sprintf("%08d%d", body, digit)); o.Valid() && len(made) < n {
				made = append(made, o)
			}
		}
	}
	return made
}

// RoundTrip implements http.RoundTripper.
func (o *organisation) RoundTrip(r *http.Request) (*http.Response, error) {
	o.requests.Add(1)
	body := []byte(`{"access_token":"token","token_type":"Bearer","expires_in":3600}`)
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/scopes/access"):
		body = o.access
	case strings.HasSuffix(path, "/scopes"):
		body = o.scopes
	case strings.HasSuffix(path, "/clients"):
		body = o.clients
	default:
		_ = r.Body.Close()
	}
	return answer(r, http.StatusOK, bytes.NewReader(body), int64(len(body))), nil
}

// decode reads all that a plan reads, with encoding/json alone.
func (o *organisation) decode(tb testing.TB) {
	tb.Helper()
	var scopes []bareScope
	var access []bareAccess
	var clients []bareClient
	for _, list := range []struct {
		text []byte
		into any
	}{{o.scopes, &scopes}, {o.access, &access}, {o.clients, &clients}} {
		if err := json.NewDecoder(bytes.NewReader(list.text)).Decode(list.into); err != nil {
			tb.Fatal(err)
		}
	}
}

func (o *organisation) plan(tb testing.TB) *desired.ChangeSet {
	tb.Helper()
	client, err := maskinporten.New(endpoints, credentials(tb), maskinporten.WithHTTPClient(&http.Client{Transport: o}))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	changes, err := desired.Plan(context.Background(), client, o.state, desired.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	scopes, clients := o.accesses/1000, o.accesses/10
	if grants, revokes, changed := changes.Count(desired.ActionGrant), changes.Count(desired.ActionRevoke), changes.Count(desired.ActionChange); grants != scopes || revokes != scopes || changed != (clients+99)/100 {
		tb.Fatalf("%d grants, %d revokes, %d changes", grants, revokes, changed)
	}
	return changes
}

// Limits: 4 times the time of decoding the same bytes, 200 MB of heap.
func BenchmarkPlanOfAHundredThousandAccesses(b *testing.B) {
	for _, accesses := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprint(accesses), func(b *testing.B) {
			o := newOrganisation(b, accesses)
			took := rounds.InTurns(b, 1, func() { o.decode(b) }, func() { o.plan(b) })
			b.ReportMetric(took.Ratio(), "×decoding")
			b.ReportMetric(took.Subject/float64(accesses), "ns/access")
			b.ReportMetric(float64(o.heap(b))/1e6, "heap-MB")
		})
	}
}

// heap is the most that is on the heap while a plan is made, beyond what was
// there before.
func (o *organisation) heap(tb testing.TB) uint64 {
	tb.Helper()
	var now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&now)
	before, most := now.HeapAlloc, uint64(0)
	done := make(chan struct{})
	go func() {
		defer close(done)
		o.plan(tb)
	}()
	for ticker := time.NewTicker(time.Millisecond); ; <-ticker.C {
		select {
		case <-done:
			ticker.Stop()
			return most
		default:
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc-min(before, now.HeapAlloc))
		}
	}
}

// The counts are exact, and grow as what there is does.
func TestAPlanReadsInAFewRequestsAndGrowsWithWhatThereIs(t *testing.T) { //nolint:paralleltest // counts what is allocated
	if rounds.RaceDetector {
		t.Skip("the race detector allocates")
	}
	perAccess := func(accesses int) float64 {
		o := newOrganisation(t, accesses)
		o.plan(t)
		if n := o.requests.Load(); n > 5 { // three lists, two tokens
			t.Errorf("%d requests for %d accesses", n, accesses)
		}
		bytes, allocations := rounds.Allocated(1, func() { o.plan(t) })
		if most := 1200 * float64(accesses); accesses >= 10_000 && bytes > most {
			t.Errorf("%.0f bytes for %d accesses, %.0f at most", bytes, accesses, most)
		}
		return allocations / float64(accesses)
	}
	few, many := perAccess(1000), perAccess(100_000)
	if many > few+0.1 || many > 16 {
		t.Errorf("%.2f allocations an access of 100,000, %.2f of 1,000", many, few)
	}
}
