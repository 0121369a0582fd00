package mockserver

import (
	"fmt"
	"net/http"
)

func controlFault(d *door, r *http.Request) (any, error) {
	fault, err := readControl[Fault](r)
	if err != nil {
		return nil, err
	}
	handle, err := d.server.faults.add(fault)
	if err != nil {
		return nil, err
	}
	return map[string]any{"status": "ok", "id": handle.rule.id}, nil
}

// controlClearFaults ends all faults, or the one that is named.
func controlClearFaults(d *door, r *http.Request) (any, error) {
	query, err := controlQuery(r, "id")
	if err != nil {
		return nil, err
	}
	if !query.Has("id") {
		d.server.ClearFaults()
		return controlDone, nil
	}
	if id := query.Get("id"); !d.server.faults.remove(id) {
		return nil, fmt.Errorf("id: there is no fault %.40q", id)
	}
	return controlDone, nil
}
