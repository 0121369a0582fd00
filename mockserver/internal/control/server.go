package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// serverCalls are about the server as a whole, and its time.
var serverCalls = map[string]handler{
	"GET health":    always(func(*call) any { return map[string]string{"status": "ok"} }),
	"GET ready":     func(c *call) (any, error) { return c.site.Ready(c.Request) },
	"POST reset":    func(c *call) (any, error) { return done, c.Reset() },
	"POST url":      taking(setURL),
	"GET snapshot":  func(c *call) (any, error) { data, err := c.Engine.Snapshot(); return json.RawMessage(data), err },
	"PUT snapshot":  restore,
	"POST snapshot": restore,
	"GET clock":     always(now),
	"POST clock":    taking(moveClock),
	"GET settings":  always(settings),
	"POST settings": taking(changeSettings),
}

// setURL tells the server by which address others reach it.
func setURL(c *call, in struct {
	URL string `json:"url"`
}) (any, error) {
	if err := c.site.SetURL(in.URL); err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	return map[string]string{"url": c.site.Addresses().Base}, nil
}

// maxSnapshot is as much as a hundred thousand accesses, or ten thousand clients
// with their keys, take.
const maxSnapshot = 64 << 20

func restore(c *call) (any, error) {
	data, err := c.body(maxSnapshot)
	if err != nil {
		return nil, err
	}
	return done, c.Engine.Restore(data)
}

func now(c *call) any { return map[string]time.Time{"now": c.Engine.Clock().Now().UTC()} }

// moveClock does one of four things with the clock.
func moveClock(c *call, in struct {
	Advance *string    `json:"advance"`
	Set     *time.Time `json:"set"`
	Fix     *time.Time `json:"fix"`
	Reset   bool       `json:"reset"`
}) (any, error) {
	chosen := 0
	for _, is := range []bool{in.Advance != nil, in.Set != nil, in.Fix != nil, in.Reset} {
		if is {
			chosen++
		}
	}
	if chosen != 1 {
		return nil, errors.New("give one of advance (a duration), set, fix (a time) and reset (true)")
	}
	clock := c.Engine.Clock()
	switch {
	case in.Advance != nil:
		by, err := duration(*in.Advance)
		if err != nil {
			return nil, fmt.Errorf("advance: %w", err)
		}
		return movedClock(c, clock.Advance(by))
	case in.Set != nil:
		return movedClock(c, clock.Set(*in.Set))
	case in.Fix != nil:
		return movedClock(c, clock.Fix(*in.Fix))
	default:
		clock.Reset()
		return now(c), nil
	}
}

func movedClock(c *call, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return now(c), nil
}
