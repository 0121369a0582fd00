package verify_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
	"github.com/maskinporten-go/maskinporten/verify"
)

// An API whose routes require different scopes. Outside of tests
// verify.New(maskinporten.Prod) is enough; here the mock server answers for
// Maskinporten.
func ExampleVerifier_Middleware() {
	server, err := mockserver.New()
	if err != nil {
		log.Fatal(err)
	}
	v, err := verify.New(maskinporten.Test, verify.WithHTTPClient(server.HTTPClient()), verify.WithObserver(verify.AuditLog(slog.New(slog.DiscardHandler))))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = v.Close() }()

	things := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if claims, ok := verify.FromContext(r.Context()); ok {
			_, _ = fmt.Fprintf(w, "the things of %s", claims.Consumer.OrgNo)
		}
	})
	mux := http.NewServeMux()
	mux.Handle("GET /things", v.Middleware(things, verify.RequireAnyScope("difi:things.read", "difi:things")))
	mux.Handle("PUT /things", v.Middleware(things, verify.RequireScope("difi:things"), verify.RequireNoSupplier()))

	token := server.Token(maskinporten.Test, map[string]any{"scope": "difi:things.read difi:other"})
	for _, method := range []string{http.MethodGet, http.MethodPut} {
		request := httptest.NewRequest(method, "/things", http.NoBody)
		request.Header.Set("Authorization", "Bearer "+token)
		answer := httptest.NewRecorder()
		mux.ServeHTTP(answer, request)
		fmt.Println(method, answer.Code, answer.Header()["Www-Authenticate"])
	}
	// Output:
	// GET 200 []
	// PUT 403 [Bearer error="insufficient_scope", scope="difi:things"]
}

// Servers that don't speak net/http give the token itself.
func ExampleVerifier_Verify() {
	server, err := mockserver.New()
	if err != nil {
		log.Fatal(err)
	}
	v, err := verify.New(maskinporten.Test, verify.WithHTTPClient(server.HTTPClient()))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = v.Close() }()

	token := server.Token(maskinporten.Test, map[string]any{"scope": "difi:things.read"}, mockserver.FlawExpired)
	_, err = v.Verify(context.Background(), token, verify.RequireScope("difi:things.read"))
	fmt.Println(errors.Is(err, verify.ReasonExpired), err)
	// Output: true verify: the token has expired
}
