package mockserver

import (
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
