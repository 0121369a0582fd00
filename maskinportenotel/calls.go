package maskinportenotel

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/maskinporten-go/maskinporten"
)

// Attributes: those of HTTP are OpenTelemetry's semantic conventions.
const (
	keyMethod     = "http.request.method"
	keyResend     = "http.request.resend_count"
	keyStatus     = "http.response.status_code"
	keyTemplate   = "url.template"
	keyServer     = "server.address"
	keyPort       = "server.port"
	keyErrorType  = "error.type"
	keyOperation  = "maskinporten.operation"
	keyCorrelated = "maskinporten.correlation_id"
	keyPauses     = "maskinporten.pauses"
	keyClientID   = "maskinporten.client_id"
	keyScopes     = "maskinporten.scopes"
	keyEvent      = "maskinporten.token.event"
	keyFromCache  = "maskinporten.token.from_cache"
	keyCode       = "maskinporten.error.code"
)

// call begins a span, and ends it with the call.
func (t *Telemetry) call(ctx context.Context, info maskinporten.CallInfo) (context.Context, func(maskinporten.CallResult)) {
	attributes := []attribute.KeyValue{attribute.String(keyOperation, info.Operation), attribute.String(keyMethod, info.Method), attribute.String(keyTemplate, info.Path)}
	ctx, span := t.tracer.Start(ctx, info.Operation, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(append(attributes, server(info.Host)...)...))
	return ctx, func(result maskinporten.CallResult) {
		// The measurement belongs to the span, also when the caller has gone.
		t.finish(context.WithoutCancel(ctx), span, info, result)
	}
}

func server(host string) []attribute.KeyValue {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		return []attribute.KeyValue{attribute.String(keyServer, host)}
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return []attribute.KeyValue{attribute.String(keyServer, name)}
	}
	return []attribute.KeyValue{attribute.String(keyServer, name), attribute.Int(keyPort, number)}
}

func (t *Telemetry) finish(ctx context.Context, span trace.Span, info maskinporten.CallInfo, result maskinporten.CallResult) {
	operation := attribute.String(keyOperation, info.Operation)
	attributes := []attribute.KeyValue{operation}
	if result.StatusCode != 0 {
		attributes = append(attributes, attribute.Int(keyStatus, result.StatusCode))
	}
	if result.Err != nil {
		attributes = append(attributes, attribute.String(keyErrorType, errorType(result.Err)))
		span.SetStatus(codes.Error, result.Err.Error())
	}
	t.callDuration.Record(ctx, result.Duration.Seconds(), metric.WithAttributeSet(attribute.NewSet(slices.Clone(attributes)...)))
	if result.Pauses > 0 {
		t.callPause.Record(ctx, result.Waited.Seconds(), metric.WithAttributes(operation))
		attributes = append(attributes, attribute.Int(keyPauses, result.Pauses))
	}
	if resends := result.Attempts - 1; resends > 0 {
		t.resends.Add(ctx, int64(resends), metric.WithAttributes(operation))
		attributes = append(attributes, attribute.Int(keyResend, resends))
	}
	if result.CorrelationID != "" {
		attributes = append(attributes, attribute.String(keyCorrelated, result.CorrelationID))
	}
	span.SetAttributes(attributes...)
	span.End()
}

// errorType is a word of few: the status of a refusal, the code of a token's,
// or what kept the answer away.
func errorType(err error) string {
	if token, ok := errors.AsType[*maskinporten.TokenError](err); ok {
		return code(token)
	}
	switch api, ok := errors.AsType[*maskinporten.APIError](err); {
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case ok && api.StatusCode >= 400:
		return strconv.Itoa(api.StatusCode)
	case errors.Is(err, maskinporten.ErrBadAnswer):
		return "bad_answer"
	case errors.Is(err, maskinporten.ErrUnavailable):
		return "unavailable"
	}
	return "_OTHER"
}

// code is Maskinporten's own, else OAuth's, else the status.
func code(e *maskinporten.TokenError) string {
	switch {
	case e.MP != "":
		return e.MP
	case e.Code != "" && len(e.Code) <= 64:
		return e.Code
	case e.StatusCode != 0:
		return strconv.Itoa(e.StatusCode)
	}
	return "unavailable"
}
