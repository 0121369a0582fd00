package verify_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/verify"
)

func TestObserversHearOfEveryDecision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var events []verify.Event
	v := w.verifier(verify.WithObserver(func(_ context.Context, e verify.Event) { events = append(events, e) }))
	handler := v.Middleware(hello, verify.RequireAnyScope("difi:api3", "difi:x"))
	for _, authorization := range []string{"Bearer " + w.token(nil), "Bearer x", "Bearer " + w.token(map[string]any{"scope": "difi:y"}), "Basic x"} {
		call(t, handler, authorization)
	}
	type seen struct {
		Reason   verify.Reason
		Accepted bool
		Claims   bool
	}
	var got []seen
	for _, e := range events {
		got = append(got, seen{e.Reason, e.Accepted(), e.Claims != nil})
		if e.Request == nil || len(e.Required) != 2 || e.Duration < 0 || e.Accepted() != (e.Err == nil) || !e.Accepted() && !errors.Is(e.Err, e.Reason) {
			t.Errorf("event %+v", e)
		}
	}
	want := []seen{{"", true, true}, {verify.ReasonNotSigned, false, false}, {verify.ReasonScope, false, true}, {verify.ReasonTokenMissing, false, false}}
	check.Same(t, want, got, "events")
}

func TestAuditLinesSayWhoForWhomWhichScopeAndTokenButNeverTheToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var log strings.Builder
	v := w.verifier(verify.WithObserver(verify.AuditLog(slog.New(slog.NewTextHandler(&log, nil)))))
	token := w.token(map[string]any{"supplier": party(vendor), "pid": "01017000000"})
	mux := http.NewServeMux()
	mux.Handle("GET /people/{pid}", v.Middleware(hello, verify.RequireScope("difi:api3")))
	call(t, mux, "Bearer "+token)
	line := log.String()
	for _, want := range []string{"level=INFO", nav, vendor, "difi:api3", "jti-1", "3f1c1f4e", "accepted=true", `route="GET /people/{pid}"`} {
		if !strings.Contains(line, want) {
			t.Errorf("no %q in %s", want, line)
		}
	}
	for _, secret := range append(strings.Split(token, "."), "01017000000") {
		if strings.Contains(line, secret) {
			t.Errorf("%q is in %s", secret, line)
		}
	}
}

func TestAuditLinesOfRefusalsAreWarningsAndOfTroubleErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var log strings.Builder
	v := w.verifier(verify.WithObserver(verify.AuditLog(slog.New(slog.NewTextHandler(&log, nil)))))
	for want, row := range map[string]struct {
		level, token string
		scope        verify.ScopeRequirement
	}{
		"accepted=true":        {"level=INFO", w.token(nil), verify.WithoutScope()},
		"reason=not_signed":    {"level=WARN", "x", verify.WithoutScope()},
		"reason=scope":         {"level=WARN", w.token(nil), verify.RequireScope("difi:other")},
		"reason=misconfigured": {"level=ERROR", w.token(nil), verify.ScopeRequirement{}},
	} {
		log.Reset()
		_, _ = v.Verify(t.Context(), row.token, row.scope)
		if text := log.String(); !strings.Contains(text, want) || !strings.Contains(text, row.level) || strings.Contains(text, "required_scope") != (want == "reason=scope") {
			t.Errorf("want %s and %s: %s", row.level, want, text)
		}
	}
	log.Reset()
	w.err = errors.New("dead")
	v = w.verifier(verify.WithObserver(verify.AuditLog(slog.New(slog.NewTextHandler(&log, nil)))))
	response := call(t, v.Middleware(hello, verify.RequireScope("difi:api3")), "Bearer "+w.token(nil))
	if text := log.String(); response.Code != http.StatusServiceUnavailable || !strings.Contains(text, "level=ERROR") || !strings.Contains(text, "reason=keys_unavailable") {
		t.Errorf("%d %s", response.Code, text)
	}
}

func TestAnEventLastsFromTheFirstLookToTheDecision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var took time.Duration
	v := w.verifier(verify.WithObserver(func(_ context.Context, e verify.Event) { took = e.Duration }))
	slow := checker(func(context.Context, string, string) (bool, error) {
		w.advance(time.Second)
		return true, nil
	})
	if _, err := v.Verify(t.Context(), w.token(nil), verify.RequireScope("difi:api3"), verify.RequireLiveAccess(slow, time.Minute)); err != nil || took != time.Second {
		t.Errorf("took %s, %v", took, err)
	}
}
