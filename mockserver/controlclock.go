package mockserver

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

func controlClock(d *door, _ *http.Request) (any, error) {
	return map[string]time.Time{"now": d.server.clock.Now().UTC()}, nil
}

func controlMoveClock(d *door, r *http.Request) (any, error) {
	in, err := readControl[clockMove](r)
	if err != nil {
		return nil, err
	}
	if err := in.move(d.server.clock); err != nil {
		return nil, err
	}
	return controlClock(d, r)
}

// clockMove is one of four things to do with the clock.
type clockMove struct {
	Advance string     `json:"advance"`
	Set     *time.Time `json:"set"`
	Fix     *time.Time `json:"fix"`
	Reset   bool       `json:"reset"`
}

func (m clockMove) move(c *Clock) error {
	switch m {
	case clockMove{Set: m.Set}:
		if m.Set == nil {
			break
		}
		c.Set(*m.Set)
		return nil
	case clockMove{Fix: m.Fix}:
		c.Fix(*m.Fix)
		return nil
	case clockMove{Reset: true}:
		c.Reset()
		return nil
	case clockMove{Advance: m.Advance}:
		by, err := time.ParseDuration(m.Advance)
		if err != nil {
			return fmt.Errorf("advance: %.40q is not a duration such as 8760h or 90s", m.Advance)
		}
		c.Advance(by)
		return nil
	}
	return errors.New("give one of advance (a duration), set, fix (a time) and reset (true)")
}
