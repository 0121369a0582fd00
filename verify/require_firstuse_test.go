package verify_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/verify"
)

func TestATokenIsLetInOnceWhereFirstUseIsRequired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.verifier()
	once := verify.RequireFirstUse(3)
	use := func(jti any, scope string, want verify.Reason) {
		t.Helper()
		_, err := v.Verify(t.Context(), w.token(map[string]any{"jti": jti}), verify.RequireScope(scope), once)
		wantReason(t, err, want)
	}
	use("a", "difi:other", verify.ReasonScope) // spends nothing
	use("a", "difi:api3", "")
	use("a", "difi:api3", verify.ReasonUsedBefore)
	use("b", "difi:api3", "")
	use(nil, "difi:api3", verify.ReasonTokenIDMissing)
	use("c", "difi:api3", "")
	use("d", "difi:api3", verify.ReasonFirstUseUnknown)
	w.advance(5 * time.Minute) // a to c are no good any more
	for i := range 3 {
		use(fmt.Sprint(i), "difi:api3", "")
	}
	wantVerdict(t, v, w.token(nil), verify.ReasonMisconfigured, verify.RequireFirstUse(0))
}
