package control

import (
	"fmt"
	"slices"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/faults"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/journal"
)

// lookCalls tell what happened, and declare what is to go wrong.
var lookCalls = map[string]handler{
	"GET requests":           always(requests),
	"GET request-count":      always(func(c *call) any { return map[string]int{"answered": c.Journal.Answered()} }),
	"GET audit":              always(func(c *call) any { return array(c.Journal.Changes()) }),
	"GET mail":               mail,
	"GET lost-notifications": always(lostNotifications),
	"GET faults":             always(func(c *call) any { return c.Faults.List() }),
	"POST faults":            taking(addFault),
	"DELETE faults":          removeFaults,
}

// requests leaves out how the mock was steered: tests look for what was asked by
// what they test.
func requests(c *call) any {
	return slices.DeleteFunc(c.Journal.Requests(), func(r journal.Request) bool { return r.Steers() })
}

func mail(c *call) (any, error) {
	query := c.URL.Query()
	return c.Engine.Mails(query.Get("to")), nil
}

func lostNotifications(c *call) any {
	c.Engine.Due()
	return array(c.Engine.Portal().LostNotifications())
}

func addFault(c *call, fault faults.Fault) (any, error) {
	handle, err := c.Faults.Add(fault)
	if err != nil {
		return nil, err
	}
	return map[string]any{"status": "ok", "id": handle.ID()}, nil
}

// removeFaults ends all faults, or the one that is named.
func removeFaults(c *call) (any, error) {
	query := c.URL.Query()
	if !query.Has("id") {
		c.Faults.Clear()
		return done, nil
	}
	if id := query.Get("id"); !c.Faults.Remove(id) {
		return nil, fmt.Errorf("id: there is no fault %.40q", id)
	}
	return done, nil
}
