package portal

import (
	"testing"
	"time"
)

func TestForgottenSessionsDoNotPileUp(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	p := New(Config{Now: func() time.Time { return now }})
	sessions := func(perHour int) {
		for i := range 30 * perHour {
			if i%perHour == 0 {
				now = now.Add(time.Hour)
			}
			p.dropOldSessions()
			p.sessions[digest(now.String()+string(rune(i)))] = &session{expires: now.Add(sessionLife)}
		}
	}
	sessions(10)
	if len(p.sessions) > fewSessions {
		t.Errorf("%d sessions, of which 80 live", len(p.sessions))
	}
	sessions(1000) // 8,000 live
	if len(p.sessions) > 16_000 {
		t.Errorf("%d sessions, of which 8,000 live", len(p.sessions))
	}
}
