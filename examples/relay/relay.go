package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/verify"
)

// newRelay is the service. The token that a caller came with is for the relay
// and goes no further; for the weather it has one of its own.
func newRelay(v *verify.Verifier, auth *maskinporten.Authenticator) http.Handler {
	upstream := auth.Client(maskinporten.TokenRequest{Scopes: []string{weatherScope}})
	forecast := func(w http.ResponseWriter, r *http.Request) {
		claims, ok := verify.FromContext(r.Context())
		if !ok {
			http.Error(w, "no claims", http.StatusInternalServerError)
			return
		}
		status, today, err := get(r.Context(), upstream, weatherAPI+"/today")
		if err != nil || status != http.StatusOK {
			http.Error(w, "the weather can't be had just now", http.StatusBadGateway) // why is for the log, not for callers
			return
		}
		_, _ = fmt.Fprintf(w, "for %s: %s; tomorrow the same", claims.Consumer.OrgNo, today)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /forecast", v.Middleware(http.HandlerFunc(forecast), verify.RequireScope(forecastScope)))
	return mux
}

// get reads an answer to its end, or to what is enough for an answer.
func get(ctx context.Context, client *http.Client, address string) (status int, body string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, "", err
	}
	answer, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	return answer.StatusCode, string(text), errors.Join(err, answer.Body.Close())
}
