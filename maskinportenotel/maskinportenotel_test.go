package maskinportenotel_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/maskinportenotel"
	"github.com/maskinporten-go/maskinporten/mockserver"
	"github.com/maskinporten-go/maskinporten/verify"
)

// recorder keeps what is told, in memory.
type recorder struct {
	*maskinportenotel.Telemetry
	t      *testing.T
	spans  *tracetest.InMemoryExporter
	traces *sdktrace.TracerProvider
	reader *sdkmetric.ManualReader
}

func newRecorder(t *testing.T) *recorder {
	t.Helper()
	r := &recorder{t: t, spans: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader()}
	r.traces = sdktrace.NewTracerProvider(sdktrace.WithSyncer(r.spans))
	telemetry, err := maskinportenotel.New(maskinportenotel.Options{TracerProvider: r.traces, MeterProvider: sdkmetric.NewMeterProvider(sdkmetric.WithReader(r.reader))})
	if err != nil {
		t.Fatal(err)
	}
	r.Telemetry = telemetry
	return r
}

// metric returns the data of one metric, nil if there is none.
func (r *recorder) metric(name string) metricdata.Aggregation {
	r.t.Helper()
	var all metricdata.ResourceMetrics
	if err := r.reader.Collect(context.Background(), &all); err != nil {
		r.t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name == name {
				return m.Data
			}
		}
	}
	return nil
}

// sum adds up the points of a counter, or counts those of a histogram, that
// have the given attributes.
func (r *recorder) sum(name string, wanted ...attribute.KeyValue) int64 {
	r.t.Helper()
	var total int64
	switch data := r.metric(name).(type) {
	case metricdata.Sum[int64]:
		for _, point := range data.DataPoints {
			if has(point.Attributes, wanted) {
				total += point.Value
			}
		}
	case metricdata.Histogram[float64]:
		for _, point := range data.DataPoints {
			if has(point.Attributes, wanted) {
				total += int64(point.Count)
			}
		}
	}
	return total
}

func has(set attribute.Set, wanted []attribute.KeyValue) bool {
	return !slices.ContainsFunc(wanted, func(kv attribute.KeyValue) bool {
		value, ok := set.Value(kv.Key)
		return !ok || value != kv.Value
	})
}

func (r *recorder) span(name string) tracetest.SpanStub {
	r.t.Helper()
	for _, span := range r.spans.GetSpans() {
		if span.Name == name {
			return span
		}
	}
	r.t.Fatalf("no span %s among %v", name, r.spans.GetSpans())
	return tracetest.SpanStub{}
}

func value(span tracetest.SpanStub, key string) attribute.Value {
	for _, kv := range span.Attributes {
		if string(kv.Key) == key {
			return kv.Value
		}
	}
	return attribute.Value{}
}

func TestACallIsASpanWithItsPathAndStatus(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	parent, root := r.traces.Tracer("test").Start(t.Context(), "job")
	ctx, finish := r.Observer().Call(parent, maskinporten.CallInfo{Operation: "Clients.Key", Method: "GET", Path: "/clients/{}/jwks/{}", Host: "api.example.no:8443"})
	if trace.SpanContextFromContext(ctx).SpanID() == root.SpanContext().SpanID() {
		t.Error("the call goes on with its caller's span")
	}
	finish(maskinporten.CallResult{StatusCode: 200, Attempts: 3, Pauses: 2, Waited: time.Second, Duration: 2 * time.Second})
	span := r.span("Clients.Key")
	if span.Parent.SpanID() != root.SpanContext().SpanID() || span.SpanKind != trace.SpanKindClient || span.Status.Code != codes.Unset {
		t.Errorf("span %+v", span)
	}
	for key, want := range map[string]attribute.Value{
		"http.request.method": attribute.StringValue("GET"), "url.template": attribute.StringValue("/clients/{}/jwks/{}"), "server.address": attribute.StringValue("api.example.no"),
		"server.port": attribute.IntValue(8443), "http.response.status_code": attribute.IntValue(200), "http.request.resend_count": attribute.IntValue(2), "maskinporten.pauses": attribute.IntValue(2),
	} {
		if got := value(span, key); got != want {
			t.Errorf("%s is %v, want %v", key, got, want)
		}
	}
	operation := attribute.String("maskinporten.operation", "Clients.Key")
	if n := r.sum("maskinporten.call.duration", operation, attribute.Int("http.response.status_code", 200)); n != 1 {
		t.Errorf("%d calls", n)
	}
	if resends, pauses := r.sum("maskinporten.call.resends", operation), r.sum("maskinporten.call.pause", operation); resends != 2 || pauses != 1 {
		t.Errorf("%d resends, %d pauses", resends, pauses)
	}
}

func TestFailuresAreToldByAWordOfFew(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"404": &maskinporten.APIError{Operation: "Scopes.Get", StatusCode: 404}, "unavailable": &maskinporten.APIError{Operation: "Scopes.Get"},
		"MP-250": &maskinporten.TokenError{StatusCode: 403, Code: "forbidden", MP: "MP-250"}, "invalid_grant": &maskinporten.TokenError{StatusCode: 400, Code: "invalid_grant"},
		"502": &maskinporten.TokenError{StatusCode: 502}, "canceled": context.Canceled, "timeout": context.DeadlineExceeded, "bad_answer": maskinporten.ErrBadAnswer, "_OTHER": errors.New("x"),
	} {
		r := newRecorder(t)
		_, finish := r.Observer().Call(t.Context(), maskinporten.CallInfo{Operation: "Scopes.Get", Host: "api.example.no"})
		finish(maskinporten.CallResult{Err: err, CorrelationID: "id"})
		span := r.span("Scopes.Get")
		if value(span, "error.type").AsString() != want || span.Status.Code != codes.Error || span.Status.Description != err.Error() || value(span, "maskinporten.correlation_id").AsString() != "id" {
			t.Errorf("%v: span %+v", err, span)
		}
		if n := r.sum("maskinporten.call.duration", attribute.String("error.type", want)); n != 1 {
			t.Errorf("%v: counted %d times as %s", err, n, want)
		}
	}
}

func TestTokensAreCountedWithWhatWasServedFromMemory(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	observe := r.Observer().Token
	expires := time.Now().Add(10 * 24 * time.Hour)
	event := maskinporten.TokenEvent{Kind: maskinporten.TokenObtained, ClientID: "app", Scopes: []string{"difi:a"}, Attempts: 2, Duration: time.Second, Served: 40, Waited: 3, KeyExpires: expires}
	observe(t.Context(), event)
	event.Kind, event.FromCache, event.Served, event.Waited = maskinporten.TokenRenewed, true, 60, 0
	observe(t.Context(), event)
	event.Kind, event.FromCache, event.Err = maskinporten.TokenFailed, false, &maskinporten.TokenError{ClientID: "app", StatusCode: 403, Code: "forbidden", MP: "MP-250"}
	observe(t.Context(), event)
	app := attribute.String("maskinporten.client_id", "app")
	for name, want := range map[string]int64{"maskinporten.token.duration": 3, "maskinporten.token.served": 160, "maskinporten.token.waited": 3, "maskinporten.token.refusals": 1} {
		if got := r.sum(name, app); got != want {
			t.Errorf("%s is %d, want %d", name, got, want)
		}
	}
	if n := r.sum("maskinporten.token.refusals", attribute.String("maskinporten.error.code", "MP-250")); n != 1 {
		t.Errorf("%d refusals with MP-250", n)
	}
	span := r.span("Token")
	if took := span.EndTime.Sub(span.StartTime); took != time.Second || value(span, "http.request.resend_count").AsInt64() != 1 {
		t.Errorf("it took %v: %+v", took, span)
	}
}

func TestTheDaysUntilAKeyExpiresAreToldWhileTheyCount(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	observe := r.Observer().Token
	left := func() map[string]float64 {
		days := map[string]float64{}
		if gauge, ok := r.metric("maskinporten.key.days_left").(metricdata.Gauge[float64]); ok {
			for _, point := range gauge.DataPoints {
				client, _ := point.Attributes.Value("maskinporten.client_id")
				days[client.AsString()] = math.Round(point.Value)
			}
		}
		return days
	}
	observe(t.Context(), maskinporten.TokenEvent{ClientID: "a", KeyExpires: time.Now().Add(30 * 24 * time.Hour)})
	observe(t.Context(), maskinporten.TokenEvent{ClientID: "b", KeyExpires: time.Now().Add(-2 * 24 * time.Hour)})
	if days := left(); len(days) != 2 || days["a"] != 30 || days["b"] != -2 {
		t.Errorf("days %v", days)
	}
	observe(t.Context(), maskinporten.TokenEvent{ClientID: "a"})
	if days := left(); len(days) != 1 {
		t.Errorf("a has a key without an end now: %v", days)
	}
}

func TestDecisionsAreCountedAndStandOnTheRequestsSpan(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	srv := mockserver.Start(t)
	v, err := verify.New(srv.Endpoints(maskinporten.Test), verify.WithHTTPClient(srv.HTTPClient()), verify.WithClock(srv.Clock().Now), verify.WithObserver(r.VerifyObserver()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	handler := v.Middleware(http.NotFoundHandler(), verify.RequireScope("difi:a"))
	good := srv.Token(maskinporten.Test, map[string]any{"scope": "difi:a", "pid": "01010112345"})
	for _, token := range []string{good, good, srv.Token(maskinporten.Test, map[string]any{"scope": "difi:b"}), "nonsense"} {
		ctx, span := r.traces.Tracer("test").Start(t.Context(), "request")
		request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody)
		request.Header.Set("Authorization", "Bearer "+token)
		handler.ServeHTTP(httptest.NewRecorder(), request)
		span.End()
	}
	if good, refused := r.sum("maskinporten.verify.duration", attribute.String("maskinporten.verify.decision", "accepted")), r.sum("maskinporten.verify.duration", attribute.String("maskinporten.verify.decision", "scope")); good != 2 || refused != 1 {
		t.Errorf("%d accepted, %d refused for their scope", good, refused)
	}
	if n := r.sum("maskinporten.verify.duration"); n != 4 {
		t.Errorf("%d decisions", n)
	}
	span := r.span("request")
	if value(span, "maskinporten.verify.decision").AsString() != "accepted" || value(span, "maskinporten.consumer").AsString() == "" || value(span, "maskinporten.client_id").AsString() == "" {
		t.Errorf("span %+v", span)
	}
	for _, span := range r.spans.GetSpans() {
		for _, kv := range span.Attributes {
			if text := kv.Value.String(); strings.Contains(text, "01010112345") || strings.Contains(text, "eyJ") {
				t.Errorf("%s is %s", kv.Key, text)
			}
		}
	}
}

// TestEveryCallOfAClientIsSeen plays the whole through the library.
func TestEveryCallOfAClientIsSeen(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	srv := mockserver.Start(t)
	client := srv.Client(srv.AddOrganization("991825827", "Digdir"), maskinporten.WithObserver(r.Observer()))
	if _, err := client.Scopes.Create(t.Context(), maskinporten.ScopeCreate{Prefix: "difi", Subscope: "a", Description: "d"}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Access.Grant(t.Context(), "difi:none", "889640782"); err == nil {
		t.Fatal("a scope that isn't there was granted")
	}
	if _, err := maskinporten.Collect(client.Scopes.All(t.Context(), maskinporten.ScopeFilter{})); err != nil {
		t.Fatal(err)
	}
	if span := r.span("Access.Grant"); span.Status.Code != codes.Error || value(span, "error.type").AsString() != "404" || value(span, "url.template").AsString() == "" {
		t.Errorf("span %+v", span)
	}
	if calls := r.sum("maskinporten.call.duration"); calls != 3 {
		t.Errorf("%d calls", calls)
	}
}

// TestEveryTokenOfAClientIsSeen plays the token side through the library.
func TestEveryTokenOfAClientIsSeen(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	srv := mockserver.Start(t)
	credentials := srv.App(srv.AddOrganization("991825827", "Digdir"), "difi:a")
	credentials.Key = expiring(t, credentials.Key, time.Now().Add(10*24*time.Hour))
	auth, err := maskinporten.NewAuthenticator(srv.Endpoints(maskinporten.Test), credentials, append(srv.ClientOptions(), maskinporten.WithObserver(r.Observer()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = auth.Close() })
	ask := func(scope string) error {
		_, err := auth.Token(t.Context(), maskinporten.TokenRequest{Scopes: []string{scope}})
		return err
	}
	for range 6 { // one is got, five are served
		if err := ask("difi:a"); err != nil {
			t.Fatal(err)
		}
	}
	srv.Clock().Advance(2 * time.Minute) // it has died: the next tells of those
	if err := ask("difi:a"); err != nil {
		t.Fatal(err)
	}
	if err := ask("difi:b"); err == nil {
		t.Fatal("a scope that isn't the client's was given")
	}
	client := attribute.String("maskinporten.client_id", credentials.ClientID)
	for name, want := range map[string]int64{"maskinporten.token.duration": 3, "maskinporten.token.served": 5, "maskinporten.token.waited": 3, "maskinporten.token.refusals": 1} {
		if got := r.sum(name, client); got != want {
			t.Errorf("%s is %d, want %d", name, got, want)
		}
	}
	if n := r.sum("maskinporten.token.refusals", client, attribute.String("maskinporten.error.code", "MP-200")); n != 1 {
		t.Errorf("%d refusals with MP-200", n)
	}
	gauge, ok := r.metric("maskinporten.key.days_left").(metricdata.Gauge[float64])
	if !ok || len(gauge.DataPoints) != 1 || math.Round(gauge.DataPoints[0].Value) != 10 {
		t.Errorf("days left: %+v", gauge.DataPoints)
	}
	for _, span := range r.spans.GetSpans() {
		if span.Name != "Token" || value(span, "maskinporten.client_id").AsString() != credentials.ClientID {
			t.Errorf("span %+v", span)
		}
	}
}

// expiring is the key with a time at which it expires.
func expiring(t *testing.T, key *maskinporten.Key, at time.Time) *maskinporten.Key {
	t.Helper()
	text, err := key.MarshalJWK()
	if err != nil {
		t.Fatal(err)
	}
	key, err = maskinporten.KeyFromJWK(append(text[:len(text)-1], fmt.Sprintf(`,"exp":%d}`, at.Unix())...))
	if err != nil {
		t.Fatal(err)
	}
	return key
}
