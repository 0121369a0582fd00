package verify_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/verify"
)

func TestARouteThatNobodyCouldEnterIsRefusedWhenItIsMade(t *testing.T) {
	t.Parallel()
	v := newWorld(t).verifier()
	good := verify.RequireScope("difi:api3")
	for want, route := range map[string]struct {
		scope verify.ScopeRequirement
		more  []verify.Requirement
	}{
		`"difi:a difi:b"`:         {verify.RequireScope("difi:a difi:b"), nil},
		`"" is no name`:           {verify.RequireAnyScope("difi:a", ""), nil},
		"RequireScope":            {verify.ScopeRequirement{}, nil},
		"is empty":                {good, []verify.Requirement{{}}},
		"RequireConsumers":        {good, []verify.Requirement{verify.RequireNoSupplier(), verify.RequireConsumers()}},
		"mod-11":                  {good, []verify.Requirement{verify.RequireSuppliers("991825828")}},
		"RequireConsumerFunc":     {good, []verify.Requirement{verify.RequireConsumerFunc(nil)}},
		"RequireDelegationSource": {good, []verify.Requirement{verify.RequireDelegationSource("")}},
		"RequirePID":              {good, []verify.Requirement{verify.RequirePID(nil)}},
		"RequireConsent":          {good, []verify.Requirement{verify.RequireConsent("")}},
		"RequireFirstUse":         {good, []verify.Requirement{verify.RequireFirstUse(0)}},
		"RequireLiveAccess":       {good, []verify.Requirement{verify.RequireLiveAccess(nil, time.Minute)}},
		"life of at most an hour": {good, []verify.Requirement{verify.RequireLiveAccess(&maskinporten.AccessService{}, 61*time.Minute)}},
		"WithoutScope names no":   {verify.WithoutScope(), []verify.Requirement{verify.RequireLiveAccess(&maskinporten.AccessService{}, time.Hour)}},
	} {
		for name, make := range map[string]func(){
			"Middleware": func() { v.Middleware(http.NotFoundHandler(), route.scope, route.more...) },
			"Require":    func() { v.Require(route.scope, route.more...) },
		} {
			func() {
				defer func() {
					if err, ok := recover().(error); !ok || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "verify: ") {
						t.Errorf("%s: %v, want a panic that says %s", name, err, want)
					}
				}()
				make()
			}()
		}
		_, err := v.Verify(t.Context(), "x", route.scope, route.more...)
		wantReason(t, err, verify.ReasonMisconfigured)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Verify: %v, want %s in it", err, want)
		}
	}
}

func TestARouteWithoutAHandlerIsRefusedWhenItIsMade(t *testing.T) {
	t.Parallel()
	v, scope := newWorld(t).verifier(), verify.RequireScope("difi:api3")
	for name, make := range map[string]func(){
		"Middleware": func() { v.Middleware(nil, scope) },
		"Require":    func() { v.Require(scope)(nil) },
	} {
		func() {
			defer func() {
				if err, ok := recover().(error); !ok || !strings.Contains(err.Error(), "the handler behind the middleware is nil") {
					t.Errorf("%s: %v", name, err)
				}
			}()
			make()
		}()
	}
}

func TestWhoGivesTheWholeHeaderToVerifyIsToldSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, scheme := range []string{"Bearer ", "bearer "} {
		_, err := verifyToken(w.verifier(), scheme+w.token(nil))
		wantReason(t, err, verify.ReasonEncoding)
		if err == nil || !strings.Contains(err.Error(), "the word Bearer") {
			t.Errorf("%v, want the word Bearer in it", err)
		}
	}
	_, err := verifyToken(w.verifier(), "Basic "+w.token(nil))
	wantReason(t, err, verify.ReasonEncoding)
	if strings.Contains(err.Error(), "Bearer") {
		t.Errorf("%v", err)
	}
}

func TestARequirementTellsWhatIsWrongWithIt(t *testing.T) {
	t.Parallel()
	for _, good := range []interface{ Err() error }{verify.RequireScope("difi:api3"), verify.WithoutScope(), verify.RequireNoSupplier(), verify.RequireLiveAccess(&maskinporten.AccessService{}, time.Hour), verify.RequireFirstUse(1)} {
		if err := good.Err(); err != nil {
			t.Errorf("a good one: %v", err)
		}
	}
	for _, bad := range []interface{ Err() error }{verify.RequireScope("å"), verify.ScopeRequirement{}, verify.Requirement{}, verify.RequireConsumers()} {
		if bad.Err() == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
}

func TestRequireIsMiddlewareAsRoutersTakeIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	protect := w.verifier().Require(verify.RequireScope("difi:api3"), verify.RequireNoSupplier())
	for range 2 { // for several routes
		handler := protect(hello)
		if response := call(t, handler, "Bearer "+w.token(nil)); response.Code != http.StatusOK || response.Body.String() != nav {
			t.Errorf("%d %s", response.Code, response.Body)
		}
		if response := call(t, handler, "Bearer "+w.token(map[string]any{"supplier": party(vendor)})); response.Code != http.StatusForbidden {
			t.Errorf("a supplier: %d", response.Code)
		}
	}
}

func TestARouteKeepsItsRequirementsWhateverTheCallerDoesToTheSlice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	more := []verify.Requirement{verify.RequireFirstUse(1), verify.RequireNoSupplier()}
	handler := w.verifier().Middleware(hello, verify.RequireScope("difi:api3"), more...)
	more[1] = verify.Requirement{}
	if response := call(t, handler, "Bearer "+w.token(nil)); response.Code != http.StatusOK {
		t.Errorf("%d %s", response.Code, response.Body)
	}
	if more[0].Err() != nil || more[1].Err() == nil {
		t.Error("the caller's slice was sorted")
	}
}

func TestARefusalHasAStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.verifier()
	for want, scope := range map[int]verify.ScopeRequirement{http.StatusForbidden: verify.RequireScope("difi:b"), http.StatusInternalServerError: verify.RequireScope("")} {
		_, err := v.Verify(t.Context(), w.token(nil), scope)
		if refusal, ok := err.(interface{ Status() int }); !ok || refusal.Status() != want {
			t.Errorf("%v, want status %d", err, want)
		}
	}
	wantVerdict(t, v, "", verify.ReasonTokenMissing)
}
