package gateway

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/restapi"
)

// control lets the control API answer, if it is there and the caller may call it.
func (x *request) control(w http.ResponseWriter, segments []string) {
	call := x.r.Method + " " + strings.Join(segments, "/")
	status, message := http.StatusNotFound, "the control API is switched off"
	if x.config.Control != nil {
		status, message = http.StatusForbidden, x.foreign()
	}
	x.respond(w, func(w http.ResponseWriter) restapi.Outcome {
		if message == "" {
			return x.config.Control(w, x.r, call, x.site)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": message}) // a client that has gone away wants no answer
		return restapi.Outcome{Status: status, Refusal: message}
	})
}
