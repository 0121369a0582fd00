package registry_test

import (
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// due lets time pass, and returns what fell due as "kind kid".
func (w *world) due(t testing.TB, after time.Duration) []string {
	t.Helper()
	w.happened()
	w.advance(after)
	w.Due(w.now())
	return keyed(w.happened())
}

func wantDue(t *testing.T, got []string, want ...string) {
	t.Helper()
	if want == nil {
		want = []string{}
	}
	check.Same(t, want, got)
}

func TestAKeyIsToldOfOnceThirtyDaysBeforeItsEndAndOnceAtIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wantDue(t, w.due(t, 0))
	id := w.create(t, server()).ClientID
	w.posts(t, id, "k")
	wantDue(t, w.due(t, 335*day-time.Millisecond))
	wantDue(t, w.due(t, time.Millisecond), "key_expiring k")
	wantDue(t, w.due(t, 0))
	wantDue(t, w.due(t, 30*day-time.Millisecond))
	wantDue(t, w.due(t, time.Millisecond), "key_expired k")
	wantDue(t, w.due(t, 1000*day))
	w.posts(t, id, "k") // posted again it starts anew
	wantDue(t, w.due(t, 335*day), "key_expiring k")
}

func TestASecretIsToldOfLikewise(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.create(t, withMethod("client_secret_basic")).ClientID
	wantDue(t, w.due(t, 330*day), "secret_expiring ")
	wantDue(t, w.due(t, 30*day), "secret_expired ")
	wantDue(t, w.due(t, day))
	check.Got2(w.RotateSecret(consumer, id))(t)
	wantDue(t, w.due(t, 330*day), "secret_expiring ")
}

func TestWhatAnExpiryEventSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := server(func(in *registry.ClientInput) { in.ClientOrgNo = consumerNo })
	c, _ := check.Got2(w.CreateClient(supplier, in))(t)
	w.posts(t, c.ClientID, "k")
	w.advance(340 * day)
	w.happened()
	w.Due(w.now())
	want := []registry.Event{{
		Kind: registry.KeyExpiring, Time: dawn.Add(340 * day), OrgNo: consumerNo, SupplierOrgNo: supplierNo,
		ClientID: c.ClientID, Kid: "k", Detail: "2026-07-02T08:30:00Z",
	}}
	check.Same(t, want, w.happened())
}

func TestAJumpOfTheClockTellsAllInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := w.create(t, server()).ClientID, w.create(t, withMethod("client_secret_post")).ClientID
	w.advance(10 * day)
	w.posts(t, first, "a")
	w.posts(t, second, "b")
	wantDue(t, w.due(t, 1000*day), "secret_expiring ", "key_expiring a", "key_expiring b", "secret_expired ", "key_expired a", "key_expired b")
	wantDue(t, w.due(t, 1000*day))
}

func TestAKeyPostedWithLessThanThirtyDaysIsToldOfAtTheNextLook(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	wantDue(t, w.due(t, day))
	in := publicKey(t, 0, "k")
	in.Exp = new(w.now().Add(7 * day).Unix())
	check.Got(w.PutKey(consumer, id, "k", in))(t)
	wantDue(t, w.due(t, 0), "key_expiring k")
	w.posts(t, id, "other") // no reason to tell again
	wantDue(t, w.due(t, 0))
	wantDue(t, w.due(t, 7*day), "key_expired k")
}

func TestKeysRenewedOrRemovedInTimeAreNotToldOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.create(t, withMethod("client_secret_basic")).ClientID
	w.posts(t, id, "renewed", "removed")
	w.advance(300 * day)
	w.posts(t, id, "renewed")
	check.OK(t, w.DeleteKey(consumer, id, "removed"))
	check.Got(w.ReplaceClient(consumer, id, withMethod("private_key_jwt")))(t)
	wantDue(t, w.due(t, 300*day))
	wantDue(t, w.due(t, 35*day), "key_expiring renewed")
}
