package bench_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/rounds"
)

// bareScope is the scope for encoding/json alone, without the SDK's methods.
type bareScope maskinporten.Scope

const scopeName = "altinn:accessmanagement/authorizedparties.admin"

// oneCall is a GET of one object: as anyone would write it, and the SDK's.
func oneCall(tb testing.TB) (floor, subject func()) {
	tb.Helper()
	body, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "scope.json"))
	if err != nil {
		tb.Fatal(err)
	}
	s := &service{api: always(body)}
	bare, client, ctx := s.http(), s.client(tb), context.Background()
	floor = func() {
		var scope bareScope
		if err := bareGet(ctx, bare, api+"/scopes/scope?"+url.Values{"scope": {scopeName}}.Encode(), &scope); err != nil {
			tb.Error(err)
		}
	}
	subject = func() {
		if _, err := client.Scopes.Get(ctx, scopeName); err != nil {
			tb.Error(err)
		}
	}
	return floor, subject
}

// bareGet is a call without a token, without another attempt and without a
// look at the status.
func bareGet(ctx context.Context, client *http.Client, address string, value any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	request.Header.Set("Accept", "application/json")
	resp, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, value)
}

// Limits: floor + 3.0 µs, + 15 allocations, + 1.5 KB.
func BenchmarkOneCall(b *testing.B) {
	floor, subject := oneCall(b)
	floorBytes, floorAllocations := rounds.Allocated(1000, floor)
	bytes, allocations := rounds.Allocated(1000, subject)
	took := rounds.InTurns(b, 300, floor, subject)
	b.ReportMetric(took.Floor/1e3, "floor-µs")
	b.ReportMetric((took.Subject-took.Floor)/1e3, "extra-µs")
	b.ReportMetric(allocations-floorAllocations, "extra-allocs")
	b.ReportMetric(bytes-floorBytes, "extra-B")
}

// No other test may allocate beside it.
func TestOneCallAllocatesLittleMoreThanABareOne(t *testing.T) { //nolint:paralleltest // see above
	if rounds.RaceDetector {
		t.Skip("the race detector allocates")
	}
	floor, subject := oneCall(t)
	if extra := testing.AllocsPerRun(500, subject) - testing.AllocsPerRun(500, floor); extra > 15 {
		t.Errorf("%v allocations more than a bare call, want 15 at most", extra)
	}
	floorBytes, _ := rounds.Allocated(500, floor)
	bytes, _ := rounds.Allocated(500, subject)
	if extra := bytes - floorBytes; extra > 1536 {
		t.Errorf("%.0f bytes more than a bare call, want 1536 at most", extra)
	}
}
