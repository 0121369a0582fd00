package mockserver

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// maxSnapshot is more than a million accesses take.
const maxSnapshot = 512 << 20

func controlRestore(d *door, r *http.Request) (any, error) {
	data, err := io.ReadAll(io.LimitReader(r.Body, maxSnapshot+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > maxSnapshot:
		return nil, errors.New("the snapshot is too large")
	}
	if err := d.server.Restore(data); err != nil {
		return nil, err
	}
	return controlDone, nil
}

// writeAnswer leaves JSON as it is, so that a snapshot looks the same wherever
// it comes from.
func writeAnswer(w http.ResponseWriter, answer any) {
	raw, ok := answer.(json.RawMessage)
	if !ok {
		writeJSON(w, http.StatusOK, answer)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(raw) // a client that has gone away wants no answer
}
