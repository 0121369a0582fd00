package maskinporten

import "net/http"

// Remedy is one sentence on what to do about the refusal; empty when the
// service's own text says it.
func (e *APIError) Remedy() string {
	switch {
	case e.outcomeUnknown:
		return "it may have been carried out: look whether it was (FindCreated does) before calling again"
	case e.StatusCode == http.StatusUnauthorized:
		return "the token was not accepted: check that credentials and environment belong together"
	case e.StatusCode == http.StatusForbidden:
		return "it belongs to another organisation, or the admin client lacks the scope for this call"
	case e.StatusCode >= 300 && e.StatusCode < 400:
		return "redirects are not followed: check the address of the API"
	}
	return ""
}
