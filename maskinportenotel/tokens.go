package maskinportenotel

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/maskinporten-go/maskinporten"
)

// token tells of a request for a token that has ended.
func (t *Telemetry) token(ctx context.Context, event maskinporten.TokenEvent) {
	ctx = context.WithoutCancel(ctx)
	client := attribute.String(keyClientID, event.ClientID)
	attributes := []attribute.KeyValue{client, attribute.String(keyEvent, string(event.Kind)), attribute.Bool(keyFromCache, event.FromCache)}
	if event.Err != nil {
		attributes = append(attributes, attribute.String(keyErrorType, errorType(event.Err)))
	}
	t.span(ctx, event, attributes)
	t.tokenDuration.Record(ctx, event.Duration.Seconds(), metric.WithAttributes(attributes...))
	only := metric.WithAttributes(client)
	if event.Served > 0 {
		t.served.Add(ctx, event.Served, only)
	}
	if event.Waited > 0 {
		t.waited.Add(ctx, event.Waited, only)
	}
	if refusal, ok := errors.AsType[*maskinporten.TokenError](event.Err); ok && refusal.StatusCode >= 400 {
		t.tokenRefusals.Add(ctx, 1, metric.WithAttributes(client, attribute.String(keyCode, code(refusal))))
	}
	t.keep(event)
}

// span has the time that the request took, and is made when that is known.
func (t *Telemetry) span(ctx context.Context, event maskinporten.TokenEvent, attributes []attribute.KeyValue) {
	ended := t.now()
	_, span := t.tracer.Start(ctx, "Token", trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(ended.Add(-event.Duration)),
		trace.WithAttributes(attributes...), trace.WithAttributes(attribute.StringSlice(keyScopes, event.Scopes)))
	if event.Attempts > 1 {
		span.SetAttributes(attribute.Int(keyResend, event.Attempts-1))
	}
	if event.Err != nil {
		span.SetStatus(codes.Error, event.Err.Error())
	}
	span.End(trace.WithTimestamp(ended))
}

// keep remembers when the key expires that a client signs with.
func (t *Telemetry) keep(event maskinporten.TokenEvent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if event.KeyExpires.IsZero() {
		delete(t.keyExpires, event.ClientID) // it has another key now
		return
	}
	t.keyExpires[event.ClientID] = event.KeyExpires
}
