package verify

import (
	"context"
	"errors"
	"net/http"
)

// Middleware lets requests through to next whose token fulfils the scope
// requirement and all others, and answers the rest: 401 for a token that is
// no good, 403 for one that isn't enough (RFC 6750), 503 when it can't be
// told now. The bodies are problem documents (RFC 9457) that say no more than
// that. Routes may differ in what they require:
//
//	mux.Handle("GET /things", v.Middleware(list, verify.RequireAnyScope("difi:things.read", "difi:things")))
//	mux.Handle("PUT /things/{id}", v.Middleware(put, verify.RequireScope("difi:things"), verify.RequireNoSupplier()))
//
// Behind it [FromContext] has the claims. [WriteError] says more of the
// answers.
//
// It panics if a requirement is malformed or the handler nil, as [http.ServeMux]
// does for a pattern: a program that has started has routes that work. Ask
// [ScopeRequirement.Err] about scopes that come from a configuration.
func (v *Verifier) Middleware(next http.Handler, scope ScopeRequirement, more ...Requirement) http.Handler {
	return v.middleware(next, newRoute(scope, more))
}

// Require returns [Verifier.Middleware] in the form that routers take, such as
// chi's With and Use, or alice's New:
//
//	router.With(v.Require(verify.RequireScope("difi:things"))).Put("/things/{id}", put)
//
// Like that, it panics if a requirement is malformed.
func (v *Verifier) Require(scope ScopeRequirement, more ...Requirement) func(http.Handler) http.Handler {
	r := newRoute(scope, more)
	return func(next http.Handler) http.Handler { return v.middleware(next, r) }
}

func (v *Verifier) middleware(next http.Handler, r *rule) http.Handler {
	if next == nil {
		panic(errors.New("verify: the handler behind the middleware is nil")) //nolint:forbidigo // likewise: the program has just started
	}
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		claims, err := v.authorize(request, r)
		if err != nil {
			WriteError(w, err)
			return
		}
		next.ServeHTTP(w, request.WithContext(NewContext(request.Context(), claims)))
	})
}

type contextKey struct{}

// FromContext returns the claims of the token that [Verifier.Middleware] let
// through.
func FromContext(ctx context.Context) (*Claims, bool) {
	claims, _ := ctx.Value(contextKey{}).(*Claims)
	return claims, claims != nil
}

// NewContext returns a context with claims, for other middleware and for
// tests of handlers.
func NewContext(ctx context.Context, claims *Claims) context.Context {
	return context.WithValue(ctx, contextKey{}, claims)
}
