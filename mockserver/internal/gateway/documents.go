package gateway

import (
	"net/http"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/openapi"
)

// Where descriptions are found below a base address.
const (
	descriptionPath = "openapi.json"
	worldSchemaPath = "world.schema.json"
)

// OpenAPI describes everything that is served below a base address.
func (g *Gateway) OpenAPI(base string) ([]byte, error) {
	return openapi.Document(base, g.config.Served, g.config.Control != nil)
}

// describe answers with a description, to pages of other sites too: it holds no
// secrets, and tools that show such documents run in browsers.
func (x *request) describe(path string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !reads(w, r) {
			return
		}
		description, err := x.OpenAPI(x.addresses.Base)
		if path == worldSchemaPath {
			description, err = openapi.WorldSchema()
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		_, _ = w.Write(description) // a client that has gone away wants no answer
	}
}
