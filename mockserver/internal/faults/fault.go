// Package faults lets things go wrong on the way to the mock, or at the mock, as
// tests declare it.
package faults

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/orgno"
)

// Fault is something that goes wrong, as the control API writes it. The face has
// the same fields, and says what they mean.
type Fault struct {
	Operation   string  `json:"operation,omitzero"`
	Environment string  `json:"environment,omitzero"`
	OrgNo       string  `json:"orgno,omitzero"`
	ClientID    string  `json:"client_id,omitzero"`
	Scope       string  `json:"scope,omitzero"`
	After       int     `json:"after,omitzero"`
	Times       int     `json:"times,omitzero"`
	Probability float64 `json:"probability,omitzero"`

	Delay       Duration `json:"delay,omitzero"`
	Reset       string   `json:"reset,omitzero"`
	Status      int      `json:"status,omitzero"`
	Body        string   `json:"body,omitzero"`
	ContentType string   `json:"content_type,omitzero"`
	RetryAfter  Duration `json:"retry_after,omitzero"`
	Truncate    bool     `json:"truncate,omitzero"`
	SlowBody    Duration `json:"slow_body,omitzero"`
	Stale       bool     `json:"stale,omitzero"`
}

// When a connection breaks.
const (
	resetBefore = "before"
	resetAfter  = "after"
)

// Duration is a [time.Duration] that JSON writes as text: "1.5s".
type Duration time.Duration

// MarshalText writes it as [time.Duration.String] does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalJSON reads text that [time.ParseDuration] takes.
func (d *Duration) UnmarshalJSON(data []byte) error {
	var text string
	err := json.Unmarshal(data, &text)
	parsed, malformed := time.ParseDuration(text)
	if err != nil || malformed != nil {
		return fmt.Errorf("%.40s is no duration; write text such as \"250ms\" or \"1m30s\"", data)
	}
	*d = Duration(parsed)
	return nil
}

// check refuses faults that would do nothing, or make no sense.
func (f Fault) check() error {
	switch {
	case f.Delay == 0 && f.Reset == "" && f.Status == 0 && !f.Truncate && f.SlowBody == 0 && !f.Stale:
		return errors.New("a fault must do something: give status, reset, delay, truncate, slow_body or stale")
	case f.Reset != "" && f.Reset != resetBefore && f.Reset != resetAfter:
		return fmt.Errorf("reset: %.40q is neither before nor after", f.Reset)
	case f.Status != 0 && (f.Status < 100 || f.Status > 599):
		return fmt.Errorf("status: %d is no HTTP status: use 100 to 599", f.Status)
	case f.Status == 0 && (f.Body != "" || f.ContentType != "" || f.RetryAfter != 0):
		return errors.New("body, content_type and retry_after go with a status")
	case f.OrgNo != "" && !orgno.Valid(f.OrgNo):
		return fmt.Errorf("orgno: %.40q is no organisation number: nine digits, the last of which checks the others", f.OrgNo)
	case f.Probability < 0 || f.Probability > 1 || f.After < 0 || f.Times < 0 || f.Delay < 0 || f.SlowBody < 0 || f.RetryAfter < 0:
		return errors.New("after, times and durations must not be negative, and probability must be between 0 and 1")
	}
	return nil
}

// String is the fault in short.
func (f Fault) String() string {
	encoded, _ := json.Marshal(f) // plain fields
	return string(encoded)
}
