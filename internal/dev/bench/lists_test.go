package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/rounds"
)

// bareClient is a client for encoding/json alone, without the SDK's methods.
type bareClient maskinporten.ClientRegistration

const manyClients = 10_000

// clientJSON is one client of a list, with what a Maskinporten client has.
func clientJSON(n int) []byte {
	return fmt.Appendf(nil, `{"client_id":"0f3f1b4e-63f1-4f53-9a0e-%012d","client_name":"Case handling %d","client_orgno":"889640782",`+
		`"description":"Reads the tax office's API","active":true,"application_type":"web","integration_type":"maskinporten",`+
		`"scopes":["difi:api3","difi:api/v3.read"],"grant_types":["urn:ietf:params:oauth:grant-type:jwt-bearer"],`+
		`"token_endpoint_auth_method":"private_key_jwt","access_token_lifetime":120,`+
		`"created":"2025-07-02T08:30:00.000000001Z","last_updated":"2025-07-02T08:30:00.597Z"}`, n, n)
}

// clientList is a JSON array of n clients.
func clientList(n int) []byte {
	var list bytes.Buffer
	list.WriteByte('[')
	for i := range n {
		if i > 0 {
			list.WriteByte(',')
		}
		list.Write(clientJSON(i))
	}
	list.WriteByte(']')
	return list.Bytes()
}

// lists are the ways to read many clients.
type lists struct{ whole, slice, iterator func() }

func readingClients(tb testing.TB, n int) lists {
	tb.Helper()
	s := &service{api: always(clientList(n))}
	bare, client, ctx := s.http(), s.client(tb), context.Background()
	count := func(got int, err error) {
		if err != nil || got != n {
			tb.Errorf("%d clients of %d, error %v", got, n, err)
		}
	}
	return lists{
		whole: func() {
			var all []bareClient
			err := bareList(ctx, bare, &all)
			count(len(all), err)
		},
		slice: func() {
			all, err := maskinporten.Collect(client.Clients.All(ctx, maskinporten.ClientFilter{}))
			count(len(all), err)
		},
		iterator: func() {
			got := 0
			for _, err := range client.Clients.All(ctx, maskinporten.ClientFilter{}) {
				if err != nil {
					tb.Error(err)
				}
				got++
			}
			count(got, nil)
		},
	}
}

// bareList decodes a list as most programs do.
func bareList(ctx context.Context, client *http.Client, all any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, api+"/clients", http.NoBody)
	if err != nil {
		return err
	}
	resp, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	return json.NewDecoder(resp.Body).Decode(all)
}

// Limits: 1.00 of the time of decoding the whole, 31 MB.
func BenchmarkListOfClientsAsSlice(b *testing.B) {
	l := readingClients(b, manyClients)
	benchmarkList(b, l.whole, l.slice)
}

// Limits: 1.0 of the time of decoding the whole, 9 MB.
func BenchmarkListOfClientsAsIterator(b *testing.B) {
	l := readingClients(b, manyClients)
	benchmarkList(b, l.whole, l.iterator)
}

func benchmarkList(b *testing.B, whole, subject func()) {
	b.Helper()
	wholeBytes, _ := rounds.Allocated(1, whole)
	bytes, _ := rounds.Allocated(1, subject)
	took := rounds.InTurns(b, 1, whole, subject)
	b.ReportMetric(took.Ratio(), "×whole")
	b.ReportMetric(took.Floor/1e6, "whole-ms")
	b.ReportMetric(took.Subject/1e6, "ms")
	b.ReportMetric(wholeBytes/1e6, "whole-MB")
	b.ReportMetric(bytes/1e6, "MB")
}

func TestTenThousandClientsFitIntoTheirMemory(t *testing.T) { //nolint:paralleltest // counts what is allocated
	l := readingClients(t, manyClients)
	for what, limit := range map[string]struct {
		read func()
		most float64
	}{"slice": {l.slice, 31e6}, "iterator": {l.iterator, 9e6}} {
		if bytes, _ := rounds.Allocated(1, limit.read); bytes > limit.most && !rounds.RaceDetector {
			t.Errorf("%s: %.1f MB, want %.0f at most", what, bytes/1e6, limit.most/1e6)
		}
	}
}

func TestListsAreDecodedWithoutASecondLookAtEachElement(t *testing.T) { //nolint:paralleltest // counts what is allocated
	if rounds.RaceDetector {
		t.Skip("the race detector allocates")
	}
	const clients, constant = 1000, 100
	l := readingClients(t, clients)
	_, whole := rounds.Allocated(1, l.whole) // of values; the SDK makes a pointer of each
	_, iterator := rounds.Allocated(1, l.iterator)
	if iterator > whole+clients+constant {
		t.Errorf("%.0f allocations for %d clients, %.0f with encoding/json alone", iterator, clients, whole)
	}
}

// The answer is made as it is read, so that nothing but the SDK can hold it.
func TestTheIteratorsLiveHeapDoesNotGrowWithTheList(t *testing.T) { //nolint:paralleltest // counts what is allocated
	few, many := liveHeap(t, 1000), liveHeap(t, 30_000)
	if many > few+1<<20 {
		t.Errorf("%d KB live with 30,000 clients, %d KB with 1,000", many>>10, few>>10)
	}
}

// liveHeap is the most that lives while n clients are read.
func liveHeap(t *testing.T, n int) (most uint64) {
	t.Helper()
	s := &service{api: func() (io.Reader, int64) { return &endless{n: n}, -1 }}
	client, read := s.client(t), 0
	for _, err := range client.Clients.All(t.Context(), maskinporten.ClientFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if read++; read%(n/4) == 0 {
			var now runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
		}
	}
	if read != n {
		t.Errorf("%d clients of %d", read, n)
	}
	return most
}

// endless writes n clients as they are asked for.
type endless struct {
	n, written int
	rest       []byte
}

func (e *endless) Read(p []byte) (int, error) {
	for len(e.rest) == 0 {
		switch {
		case e.written > e.n:
			return 0, io.EOF
		case e.written == e.n:
			e.rest = []byte("]")
		case e.written == 0:
			e.rest = append([]byte("["), clientJSON(0)...)
		default:
			e.rest = append([]byte(","), clientJSON(e.written)...)
		}
		e.written++
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// What the fixture says must be what the SDK reads.
func TestTheMeasuredClientsAreReadWhole(t *testing.T) {
	t.Parallel()
	s := &service{api: always(clientList(2))}
	all, err := maskinporten.Collect(s.client(t).Clients.All(t.Context(), maskinporten.ClientFilter{}))
	if err != nil || len(all) != 2 || all[1].Name != "Case handling 1" || len(all[1].Scopes) != 2 || all[1].Created.IsZero() {
		t.Fatalf("%+v, error %v", all, err)
	}
	again, err := json.Marshal(all[1])
	if err != nil || len(again) != len(clientJSON(1)) {
		t.Errorf("%s, error %v", again, err)
	}
}
