package pages

import (
	"net/http"
	"time"
)

// timePage is where the clock is moved and trouble made.
func timePage(v *visit) { v.renderTime(http.StatusOK, nil) }

func (v *visit) renderTime(status int, f *form) {
	var clock struct{ Now time.Time }
	var faults []fault
	for call, to := range map[string]any{"clock": &clock, "faults": &faults} {
		if err := v.control(http.MethodGet, call, nil, to); err != nil {
			v.broken(err)
			return
		}
	}
	v.render(status, "time", f, struct {
		Now    time.Time
		Faults []fault
	}{clock.Now, faults})
}
