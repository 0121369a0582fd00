package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/verify"
)

// The scopes that the API is guarded with.
const (
	scopeRead  = "difi:things.read"
	scopeWrite = "difi:things.write"
)

// newVerifier takes the tokens of one environment and writes a line about each
// decision. In production the target is maskinporten.Prod, and neither client
// nor clock is given.
func newVerifier(target maskinporten.Target, log *slog.Logger, options ...verify.Option) (*verify.Verifier, error) {
	return verify.New(target, append(options, verify.WithLogger(log), verify.WithObserver(verify.AuditLog(log)))...)
}

// newAPI is the API. What a route requires stands beside it: whoever writes has
// to call directly, and to have access still, since tokens outlive a revoke.
func newAPI(v *verify.Verifier, access verify.AccessChecker) http.Handler {
	stillGranted := verify.RequireLiveAccess(access, 30*time.Second)
	mux := http.NewServeMux()
	mux.Handle("GET /things", v.Middleware(http.HandlerFunc(list), verify.RequireAnyScope(scopeRead, scopeWrite)))
	mux.Handle("PUT /things/{id}", v.Middleware(http.HandlerFunc(put), verify.RequireScope(scopeWrite), verify.RequireNoSupplier(), stillGranted))
	return mux
}

func list(w http.ResponseWriter, r *http.Request) {
	claims, ok := verify.FromContext(r.Context())
	if !ok {
		http.Error(w, "no claims", http.StatusInternalServerError)
		return
	}
	_, _ = fmt.Fprintf(w, "the things of %s", claims.Consumer)
	if claims.Delegated() {
		_, _ = fmt.Fprintf(w, ", for its supplier %s", claims.Supplier)
	}
}

func put(w http.ResponseWriter, r *http.Request) {
	claims, ok := verify.FromContext(r.Context())
	if !ok {
		http.Error(w, "no claims", http.StatusInternalServerError)
		return
	}
	_, _ = fmt.Fprintf(w, "it belongs to %s now", claims.Consumer)
}
