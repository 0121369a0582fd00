package mockserver

import (
	"net/http"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/openapi"
)

// descriptionPath is where the description is found below a base address.
const descriptionPath = "openapi.json"

// OpenAPI returns the description of everything that is served below a base
// address, in OpenAPI 3.1: tokens, self-service, the portal and, if it is
// switched on, the control API. It is what GET /openapi.json answers there.
func (s *Server) OpenAPI(base string) ([]byte, error) {
	return openapi.Document(base, s.options.environments, s.options.control)
}

// describe answers GET /openapi.json, to pages of other sites too: it holds no
// secrets, and tools that show such documents run in browsers.
func (d *door) describe(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
		return
	}
	description, err := d.server.OpenAPI(strings.TrimRight(d.base.String(), "/"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	_, _ = w.Write(description) // a client that has gone away wants no answer
}
