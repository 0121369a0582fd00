// Package maskinportenotel shows in OpenTelemetry what the library does: a span
// for each call of the self-service API and each token request, and metrics of
// calls, tokens, what is served from memory, refusals by their code, and the
// days until the own signing key expires. For APIs that check tokens it counts
// the decisions of package verify.
//
//	telemetry, err := maskinportenotel.New(maskinportenotel.Options{})
//	client, err := maskinporten.New(target, credentials, maskinporten.WithObserver(telemetry.Observer()))
//	v, err := verify.New(target, verify.WithObserver(telemetry.VerifyObserver()))
//
// # Spans
//
// "Scopes.Create", "Clients.All" and so on, of kind client, with the HTTP
// method, the path's template, the status and how often it was sent again; and
// "Token", with what was asked for and the refusal's code. A span that failed has
// the error's text, in which nothing is secret. On the span of the request that
// carried a token, verify's decision is set as attributes.
//
// # Metrics
//
//	maskinporten.call.duration       s          by operation, status, error.type
//	maskinporten.call.resends        {request}  by operation: attempts beyond the first
//	maskinporten.call.pause          s          by operation: waited because the service asked for it
//	maskinporten.token.duration      s          by client, event, from_cache, error.type
//	maskinporten.token.served        {token}    by client: from memory
//	maskinporten.token.waited        {caller}   by client: callers who waited for a request
//	maskinporten.token.refusals      {refusal}  by client and code, such as MP-250
//	maskinporten.key.days_left       d          by client: until its signing key expires
//	maskinporten.verify.duration     s          by decision: accepted, or the reason of the refusal
//
// Counts of calls, requests and decisions are those of the durations. What is
// served from memory is reported with the next token request, so that it costs
// nothing.
package maskinportenotel

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/maskinporten-go/maskinporten"
)

// scopeName is the instrumentation scope of spans and metrics.
const scopeName = "github.com/maskinporten-go/maskinporten/maskinportenotel"

// Options say where spans and metrics go.
type Options struct {
	// TracerProvider makes the spans; the global one by default.
	TracerProvider trace.TracerProvider
	// MeterProvider keeps the metrics; the global one by default.
	MeterProvider metric.MeterProvider
}

// Telemetry makes observers. It is safe for concurrent use, and one serves for
// any number of clients and verifiers.
type Telemetry struct {
	tracer trace.Tracer

	callDuration, callPause                metric.Float64Histogram
	tokenDuration, verifyDuration          metric.Float64Histogram
	resends, served, waited, tokenRefusals metric.Int64Counter

	now func() time.Time

	mu         sync.Mutex
	keyExpires map[string]time.Time // by client
	decisions  sync.Map             // of verify, by reason: metric.MeasurementOption
}

// New makes the instruments. It fails where the meter provider refuses them.
func New(options Options) (*Telemetry, error) {
	if options.TracerProvider == nil {
		options.TracerProvider = otel.GetTracerProvider()
	}
	if options.MeterProvider == nil {
		options.MeterProvider = otel.GetMeterProvider()
	}
	t := &Telemetry{tracer: options.TracerProvider.Tracer(scopeName), now: time.Now, keyExpires: map[string]time.Time{}}
	m := maker{meter: options.MeterProvider.Meter(scopeName)}
	t.callDuration = m.seconds("maskinporten.call.duration", "Calls of the self-service API, all attempts together.", 0.01)
	t.callPause = m.seconds("maskinporten.call.pause", "Time that calls were held back because the service asked for it.", 0.01)
	t.tokenDuration = m.seconds("maskinporten.token.duration", "Requests for tokens.", 0.01)
	t.verifyDuration = m.seconds("maskinporten.verify.duration", "Decisions about tokens that came with requests.", 0.000001)
	t.resends = m.count("maskinporten.call.resends", "{request}", "Attempts of calls beyond the first.")
	t.served = m.count("maskinporten.token.served", "{token}", "Tokens served from memory.")
	t.waited = m.count("maskinporten.token.waited", "{caller}", "Callers who waited for a token request.")
	t.tokenRefusals = m.count("maskinporten.token.refusals", "{refusal}", "Tokens that were refused, by code.")
	m.gauge("maskinporten.key.days_left", "d", "Days until the signing key of a client expires.", t.daysLeft)
	if m.err != nil {
		return nil, fmt.Errorf("maskinporten: maskinportenotel: %w", m.err)
	}
	return t, nil
}

// Observer is for [maskinporten.WithObserver].
func (t *Telemetry) Observer() maskinporten.Observer {
	return maskinporten.Observer{Call: t.call, Token: t.token}
}

// daysLeft observes the keys that the last token requests were signed with.
func (t *Telemetry) daysLeft(_ context.Context, o metric.Float64Observer) error {
	t.mu.Lock()
	keys := maps.Clone(t.keyExpires)
	t.mu.Unlock()
	for clientID, expires := range keys {
		o.Observe(expires.Sub(t.now()).Hours()/24, metric.WithAttributes(attribute.String(keyClientID, clientID)))
	}
	return nil
}

// maker makes instruments, and keeps the first error.
type maker struct {
	meter metric.Meter
	err   error
}

func (m *maker) keep(err error) { m.err = cmp.Or(m.err, err) }

// seconds makes a histogram whose first bound is given, the others each about
// three times the one before.
func (m *maker) seconds(name, description string, first float64) metric.Float64Histogram {
	bounds := make([]float64, 0, 14)
	for bound := first; bound < 200 && len(bounds) < 14; bound *= 10 {
		bounds = append(bounds, bound, 3*bound)
	}
	histogram, err := m.meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description), metric.WithExplicitBucketBoundaries(bounds...))
	m.keep(err)
	return histogram
}

func (m *maker) count(name, unit, description string) metric.Int64Counter {
	counter, err := m.meter.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(description))
	m.keep(err)
	return counter
}

func (m *maker) gauge(name, unit, description string, observe metric.Float64Callback) {
	_, err := m.meter.Float64ObservableGauge(name, metric.WithUnit(unit), metric.WithDescription(description), metric.WithFloat64Callback(observe))
	m.keep(err)
}
