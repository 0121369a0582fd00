package gateway

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
)

// remedies say what to do about a refusal of the token endpoint, by its code.
var remedies = map[string]string{
	"MP-011": "A parameter or claim of the grant is malformed. The header Mock-Refusal and the mock's journal (GET /_mock/requests) name it.",
	"MP-012": "Each grant is used once: make a new one, with a fresh jti, for each token request.",
	"MP-100": "Look at the client id (iss), at the environment whose token endpoint was asked, and whether the client is active. A new client needs up to two minutes on the real service.",
	"MP-110": "aud must be the issuer of this environment, to the letter, with its last slash; the metadata below .well-known/oauth-authorization-server has it.",
	"MP-120": "The business certificate is expired, revoked, from an unknown authority, or from another environment. Production certificates are refused in test. Use a valid one, or register a key on the client and name it by kid.",
	"MP-121": "A key lives for a year. Register a new key on the client, or post the same one again.",
	"MP-122": "The certificate belongs to another organisation than the client does. Use a certificate of the client's organisation.",
	"MP-123": "x5c must be a list of certificates in base64 (DER), the one that signs first, and not a single string.",
	"MP-124": "The grant was signed with another key than the one registered under this kid. Look at which private key the program loads.",
	"MP-130": "The machine's clock may be wrong: compare it with the header Date of the answer. The mock goes by its own clock, which a test may have moved (GET /_mock/clock).",
	"MP-200": "Register the scope on the client in self-service, and look at its spelling.",
	"MP-201": "The scope isn't meant for this type of integration. Its owner can change allowed_integration_types.",
	"MP-250": "The owner of the scope has not given the consumer access, has taken it back, or has deactivated the scope. The owner gives access with PUT /scopes/access/{consumer_orgno}?scope=…; here POST /_mock/apps makes whatever is missing.",
	"MP-251": "The consumer must delegate the scope to the supplier in Altinn. Here: POST /_mock/delegations.",
	"MP-301": "authorization_details has a type that isn't known: urn:altinn:systemuser and urn:altinn:consent are.",
	"MP-302": "authorization_details has a field that its type doesn't have.",
	"MP-303": "A value in authorization_details is malformed, or no system user or consent fits. Here: POST /_mock/system-users and POST /_mock/consents.",
}

// explain answers error_uri.
func explain(w http.ResponseWriter, r *http.Request, code string) {
	if !reads(w, r) {
		return
	}
	var text strings.Builder
	for _, row := range issuer.Rows() {
		if row.Code == code {
			_, _ = fmt.Fprintf(&text, "%s %s: %s\n", row.Code, row.Error, row.Text) // it can't fail
		}
	}
	if text.Len() == 0 {
		http.Error(w, "unknown error code", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = fmt.Fprintf(w, "%s\n%s\n", &text, remedies[code]) // a client that has gone away wants no answer
}

// reads refuses everything but GET and HEAD.
func reads(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	w.Header().Set("Allow", "GET, HEAD")
	http.Error(w, "only GET", http.StatusMethodNotAllowed)
	return false
}
