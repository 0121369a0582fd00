package registry_test

import (
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

func TestGrantingAccess(t *testing.T) {
	t.Parallel()
	w, scope := withScope(t)
	w.happened()
	w.advance(1234567 * time.Microsecond)
	got := check.Got(w.GrantAccess(provider, scope, consumerNo))(t)
	moment := dawn.Add(1234 * time.Millisecond)
	want := &registry.Access{
		Scope: scope, OwnerOrgNo: providerNo, OwnerOrganizationName: "Digitaliseringsdirektoratet",
		ConsumerOrgNo: consumerNo, ConsumerOrganizationName: "Arbeids- og velferdsetaten",
		State: "APPROVED", Created: moment, LastUpdated: moment,
	}
	check.Same(t, want, got)
	wantEvents := []registry.Event{{
		Kind: registry.AccessGranted, Time: moment, OrgNo: consumerNo, Scope: scope, ConsumerOrgNo: consumerNo,
		Actor: "provider-admin", ActorOrgNo: providerNo,
	}}
	check.Same(t, wantEvents, w.happened())
}

func TestAnyValidNumberCanBeGrantedAndGetsItsNameWhenRegistered(t *testing.T) {
	t.Parallel()
	w, scope := withScope(t)
	for _, orgno := range append(orgNos(3), "999999999") {
		a := check.Got(w.GrantAccess(provider, scope, orgno))(t)
		if a.ConsumerOrgNo != orgno || a.ConsumerOrganizationName != "" {
			t.Errorf("got %+v", a)
		}
	}
	check.OK(t, w.AddOrganization(orgNos(1)[0], "Newcomer"))
	got := check.Got(w.AccessGiven(providerNo, registry.AccessFilter{ConsumerOrgNo: orgNos(1)[0]}))(t)
	check.Same(t, "Newcomer", got[0].ConsumerOrganizationName, "got ", got[0])
}

func TestAnInvalidConsumerNumberIsInvalid(t *testing.T) {
	t.Parallel()
	w, scope := withScope(t)
	for _, orgno := range malformed {
		wantKind(t, check.Err(w.GrantAccess(provider, scope, orgno)), registry.Invalid, "consumer_orgno")
		wantKind(t, check.Err(w.RevokeAccess(provider, scope, orgno)), registry.Invalid, "consumer_orgno")
		if orgno != "" { // no filter
			wantKind(t, check.Err(w.AccessGiven(providerNo, registry.AccessFilter{ConsumerOrgNo: orgno})), registry.Invalid, "consumer_orgno")
		}
	}
	s := check.Got(w.Scope(providerNo, scope))(t)
	if !s.Active {
		t.Error("the scope was touched")
	}
}

func TestDoingAgainWhatIsDoneChangesNothing(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(w *world, scope string) (any, error){
		"granting":     func(w *world, scope string) (any, error) { return w.GrantAccess(provider, scope, consumerNo) },
		"revoking":     func(w *world, scope string) (any, error) { return w.RevokeAccess(provider, scope, consumerNo) },
		"deactivating": func(w *world, scope string) (any, error) { return w.DeactivateScope(provider, scope) },
	} {
		w, scope := withScope(t)
		w.grant(t, scope, consumerNo)
		first := check.Got(call(w, scope))(t)
		w.happened()
		w.advance(time.Hour)
		check.Same(t, first, check.Got(call(w, scope))(t), name)
		w.silent(t)
	}
}

func TestRevokingSetsDeniedAndHides(t *testing.T) {
	t.Parallel()
	w, scope := withScope(t)
	w.grant(t, scope, consumerNo)
	w.happened()
	w.advance(time.Hour)
	got := check.Got(w.RevokeAccess(provider, scope, consumerNo))(t)
	if got.State != "DENIED" || !got.Created.Equal(dawn) || !got.LastUpdated.Equal(dawn.Add(time.Hour)) {
		t.Errorf("got %+v", got)
	}
	wantEvents := []registry.Event{{
		Kind: registry.AccessRevoked, Time: dawn.Add(time.Hour), OrgNo: consumerNo, Scope: scope, ConsumerOrgNo: consumerNo,
		Actor: "provider-admin", ActorOrgNo: providerNo,
	}}
	check.Same(t, wantEvents, w.happened())
	none, err := w.AccessGiven(providerNo, registry.AccessFilter{})
	wantEmpty(t, none, err)
	wantEmpty(t, w.AccessReceived(consumerNo, false), nil)
	want := []string{"difi:api 889640782 DENIED"}
	given := check.Got(w.AccessGiven(providerNo, registry.AccessFilter{Inactive: true}))(t)
	received := w.AccessReceived(consumerNo, true)
	check.Same(t, [][]string{want, want}, [][]string{pairs(given), pairs(received)})
}

func TestGrantingGivesAgainWhatWasTaken(t *testing.T) {
	t.Parallel()
	w, scope := withScope(t)
	w.grant(t, scope, consumerNo)
	w.revoke(t, scope, consumerNo)
	w.advance(time.Hour)
	got := check.Got(w.GrantAccess(provider, scope, consumerNo))(t)
	if got.State != "APPROVED" || !got.Created.Equal(dawn) || !got.LastUpdated.Equal(dawn.Add(time.Hour)) {
		t.Errorf("got %+v", got)
	}
	all := check.Got(w.AccessGiven(providerNo, registry.AccessFilter{Inactive: true}))(t)
	check.Same(t, []string{"difi:api 889640782 APPROVED"}, pairs(all))
}

func TestRevokingWhatWasNeverGivenIsNotFound(t *testing.T) {
	t.Parallel()
	w, scope := withScope(t)
	w.grant(t, scope, supplierNo)
	wantKind(t, check.Err(w.RevokeAccess(provider, scope, consumerNo)), registry.NotFound, "")
	all := check.Got(w.AccessGiven(providerNo, registry.AccessFilter{Inactive: true}))(t)
	check.Same(t, []string{"difi:api 910753614 APPROVED"}, pairs(all))
}

func TestGrantingOnADeactivatedScopeIsAConflict(t *testing.T) {
	t.Parallel()
	w, scope := withScope(t)
	w.grant(t, scope, consumerNo)
	w.deactivate(t, scope)
	for _, orgno := range []string{supplierNo, consumerNo} {
		wantKind(t, check.Err(w.GrantAccess(provider, scope, orgno)), registry.Conflict, "")
	}
	w.revoke(t, scope, consumerNo) // taking back works still
	wantEmpty(t, w.AccessReceived(consumerNo, false), nil)
}

func TestConsumersAreToldWhenAScopeTheyWereGrantedIsDeactivated(t *testing.T) {
	t.Parallel()
	w, scope := withScope(t)
	w.grant(t, scope, supplierNo, consumerNo, providerNo, orgNos(1)[0])
	w.revoke(t, scope, supplierNo)
	w.happened()
	w.deactivate(t, scope)
	event := func(kind registry.EventKind, orgno, consumer string) registry.Event {
		return registry.Event{
			Kind: kind, Time: dawn, OrgNo: orgno, Scope: scope, ConsumerOrgNo: consumer,
			Actor: "provider-admin", ActorOrgNo: providerNo,
		}
	}
	want := []registry.Event{
		event(registry.ScopeDeactivated, providerNo, ""),
		event(registry.GrantedScopeDeactivated, orgNos(1)[0], orgNos(1)[0]),
		event(registry.GrantedScopeDeactivated, consumerNo, consumerNo),
	}
	check.Same(t, want, w.happened())
}

// accessWorld has two owners with scopes, and consumers of both.
func accessWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	check.OK(t, w.AssignPrefix(consumerNo, "nav"))
	w.scope(t, "b")
	w.scope(t, "a")
	w.scope(t, "unused")
	check.Got(w.CreateScope(consumer, input("nav", "x")))(t)
	w.grant(t, "difi:b", supplierNo, consumerNo)
	w.grant(t, "difi:a", supplierNo)
	check.Got(w.GrantAccess(consumer, "nav:x", supplierNo))(t)
	w.advance(time.Second)
	w.grant(t, "difi:a", consumerNo, orgNos(1)[0])
	w.revoke(t, "difi:b", consumerNo)
	return w
}

func TestGivenAccessesAreFilteredAndInOrder(t *testing.T) {
	t.Parallel()
	w := accessWorld(t)
	newcomer := orgNos(1)[0]
	for _, c := range []struct {
		name   string
		owner  string
		filter registry.AccessFilter
		want   []string // in order of creation, then scope and consumer; nil: an empty list
	}{
		{"all", providerNo, registry.AccessFilter{}, []string{
			"difi:a 910753614 APPROVED", "difi:b 910753614 APPROVED",
			"difi:a " + newcomer + " APPROVED", "difi:a 889640782 APPROVED",
		}},
		{"with those taken back", providerNo, registry.AccessFilter{Inactive: true}, []string{
			"difi:a 910753614 APPROVED", "difi:b 889640782 DENIED", "difi:b 910753614 APPROVED",
			"difi:a " + newcomer + " APPROVED", "difi:a 889640782 APPROVED",
		}},
		{"of one scope", providerNo, registry.AccessFilter{Scope: "difi:b"}, []string{"difi:b 910753614 APPROVED"}},
		{"of one scope, with those taken back", providerNo, registry.AccessFilter{Scope: "difi:b", Inactive: true}, []string{
			"difi:b 889640782 DENIED", "difi:b 910753614 APPROVED",
		}},
		{"of a scope that nobody has", providerNo, registry.AccessFilter{Scope: "difi:unused"}, nil},
		{"of one consumer", providerNo, registry.AccessFilter{ConsumerOrgNo: supplierNo}, []string{
			"difi:a 910753614 APPROVED", "difi:b 910753614 APPROVED",
		}},
		{"of another owner to that consumer", consumerNo, registry.AccessFilter{ConsumerOrgNo: supplierNo}, []string{"nav:x 910753614 APPROVED"}},
		{"of one consumer, with those taken back", providerNo, registry.AccessFilter{ConsumerOrgNo: consumerNo, Inactive: true}, []string{
			"difi:b 889640782 DENIED", "difi:a 889640782 APPROVED",
		}},
		{"of a consumer that has none", providerNo, registry.AccessFilter{ConsumerOrgNo: providerNo}, nil},
		{"of one scope and consumer", providerNo, registry.AccessFilter{Scope: "difi:a", ConsumerOrgNo: consumerNo}, []string{"difi:a 889640782 APPROVED"}},
		{"of one scope and consumer, hidden", providerNo, registry.AccessFilter{Scope: "difi:b", ConsumerOrgNo: consumerNo}, nil},
		{"of one scope and consumer, shown", providerNo, registry.AccessFilter{Scope: "difi:b", ConsumerOrgNo: consumerNo, Inactive: true}, []string{"difi:b 889640782 DENIED"}},
		{"of one scope and a consumer without", providerNo, registry.AccessFilter{Scope: "difi:b", ConsumerOrgNo: newcomer}, nil},
		{"of an owner without scopes", supplierNo, registry.AccessFilter{Inactive: true}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := w.AccessGiven(c.owner, c.filter)
			if c.want == nil {
				wantEmpty(t, got, err)
				return
			}
			check.OK(t, err)
			check.Same(t, c.want, pairs(got))
		})
	}
}

func TestReceivedAccessesComeFromEverybody(t *testing.T) {
	t.Parallel()
	w := accessWorld(t)
	got := w.AccessReceived(supplierNo, false)
	want := []string{"difi:a 910753614 APPROVED", "difi:b 910753614 APPROVED", "nav:x 910753614 APPROVED"}
	check.Same(t, want, pairs(got))
	wantEmpty(t, w.AccessReceived(providerNo, true), nil)
}

func TestAConsumerOfFewScopesIsFoundWhicheverIndexIsShorter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check.OK(t, w.AssignPrefix(consumerNo, "nav"))
	check.Got(w.CreateScope(consumer, input("nav", "x")))(t)
	for _, subscope := range []string{"a", "b", "c"} {
		w.grant(t, w.scope(t, subscope), supplierNo)
	}
	check.Got(w.GrantAccess(consumer, "nav:x", supplierNo))(t)
	few := check.Got(w.AccessGiven(consumerNo, registry.AccessFilter{ConsumerOrgNo: supplierNo}))(t)
	many := check.Got(w.AccessGiven(providerNo, registry.AccessFilter{ConsumerOrgNo: supplierNo}))(t)
	check.Same(t, []string{"nav:x 910753614 APPROVED"}, pairs(few))
	if len(many) != 3 {
		t.Errorf("found %v", pairs(many))
	}
}

func TestAllAccessesAreInOrder(t *testing.T) {
	t.Parallel()
	w := accessWorld(t)
	want := []string{
		"difi:a 910753614 APPROVED", "difi:b 889640782 DENIED", "difi:b 910753614 APPROVED", "nav:x 910753614 APPROVED",
		"difi:a " + orgNos(1)[0] + " APPROVED", "difi:a 889640782 APPROVED",
	}
	check.Same(t, want, pairs(w.AllAccesses()))
}

func TestTheSequenceHoldsWithThousandsOfConsumers(t *testing.T) {
	t.Parallel()
	w, scope := withScope(t)
	consumers := orgNos(5000)
	w.grant(t, scope, consumers...)
	w.grant(t, scope, consumers...)
	for _, c := range consumers[:2500] {
		w.revoke(t, scope, c)
	}
	w.grant(t, scope, consumers[0])
	got := check.Got(w.AccessGiven(providerNo, registry.AccessFilter{Scope: scope}))(t)
	if len(got) != 2501 || got[0].ConsumerOrgNo != consumers[0] || got[1].ConsumerOrgNo != consumers[2500] {
		t.Errorf("%d accesses, beginning with %v", len(got), pairs(got[:2]))
	}
}
