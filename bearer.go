package maskinporten

import (
	"maps"
	"net/http"

	"golang.org/x/oauth2"
)

// withToken copies the request so far that the token shows in the copy only.
func withToken(r *http.Request, token *oauth2.Token) *http.Request {
	copied := *r
	copied.Header = make(http.Header, len(r.Header)+1)
	maps.Copy(copied.Header, r.Header)
	copied.Header.Set("Authorization", "Bearer "+token.AccessToken)
	return &copied
}

// rewind returns the request with its body from the beginning.
func rewind(r *http.Request) (*http.Request, bool) {
	if r.Body == nil || r.Body == http.NoBody {
		return r, true
	}
	if r.GetBody == nil {
		return nil, false
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, false
	}
	copied := *r
	copied.Body = body
	return &copied, true
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}
