package maskinportenotel

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/maskinporten-go/maskinporten/verify"
)

// Attributes of decisions.
const (
	keyDecision = "maskinporten.verify.decision"
	keyConsumer = "maskinporten.consumer"
	keySupplier = "maskinporten.supplier"
	keyTokenID  = "maskinporten.token.id" //nolint:gosec // no credential
)

// accepted is the decision about a good token; others are reasons.
const accepted = "accepted"

// VerifyObserver is for [verify.WithObserver]. To keep an audit log as well,
// call both in a function of your own.
func (t *Telemetry) VerifyObserver() verify.Observer {
	return func(ctx context.Context, event verify.Event) {
		decision := accepted
		if !event.Accepted() {
			decision = string(event.Reason)
		}
		t.verifyDuration.Record(ctx, event.Duration.Seconds(), t.decided(decision))
		if span := trace.SpanFromContext(ctx); span.IsRecording() {
			span.SetAttributes(attributesOf(event, decision)...)
		}
	}
}

// decided makes the attributes of a decision once: a token may be looked at in
// two microseconds.
func (t *Telemetry) decided(decision string) metric.MeasurementOption {
	if known, ok := t.decisions.Load(decision); ok {
		if option, ok := known.(metric.MeasurementOption); ok {
			return option
		}
	}
	option := metric.WithAttributeSet(attribute.NewSet(attribute.String(keyDecision, decision)))
	t.decisions.Store(decision, option)
	return option
}

// attributesOf tells who asked, if the token is genuine. A person is never
// told.
func attributesOf(event verify.Event, decision string) []attribute.KeyValue {
	attributes := []attribute.KeyValue{attribute.String(keyDecision, decision)}
	claims := event.Claims
	if claims == nil {
		return attributes
	}
	attributes = append(attributes, attribute.String(keyConsumer, claims.Consumer.String()), attribute.String(keyClientID, claims.ClientID), attribute.String(keyTokenID, claims.ID))
	if claims.Delegated() {
		attributes = append(attributes, attribute.String(keySupplier, claims.Supplier.String()))
	}
	return attributes
}
