package registry_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

func TestKeyStatusTellsWhatEndsWhenTheFirstFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := w.create(t, server()), w.create(t, login(func(in *registry.ClientInput) {
		in.ApplicationType, in.TokenEndpointAuthMethod = "web", "client_secret_post"
	}))
	gone := w.create(t, server())
	w.posts(t, first.ClientID, "old")
	w.posts(t, gone.ClientID, "gone")
	check.OK(t, w.DeactivateClient(consumer, gone.ClientID))
	w.advance(time.Hour)
	w.posts(t, first.ClientID, "new")
	status := func() map[string]string {
		t.Helper()
		list := check.Got(w.KeyStatuses(consumer))(t)
		if len(list) != 3 {
			t.Errorf("%d rows of two keys and a secret", len(list))
		}
		states := map[string]string{}
		for i, s := range list {
			if i > 0 && s.Expires.Before(list[i-1].Expires) || s.ClientName == "" {
				t.Errorf("%+v after %+v", s, list[i-1])
			}
			if s.Kid == "" && s.ClientID != second.ClientID {
				t.Errorf("a secret of %s", s.ClientID)
			}
			states[s.Kid] = s.State
		}
		return states
	}
	day := 24 * time.Hour
	for _, step := range []struct {
		advance time.Duration
		want    map[string]string
	}{
		{0, map[string]string{"": "valid", "old": "valid", "new": "valid"}},
		{330*day - time.Hour, map[string]string{"": "expiring", "old": "valid", "new": "valid"}},
		{5 * day, map[string]string{"": "expiring", "old": "expiring", "new": "valid"}},
		{30 * day, map[string]string{"": "expired", "old": "expired", "new": "expiring"}},
		{time.Hour, map[string]string{"": "expired", "old": "expired", "new": "expired"}},
	} {
		w.advance(step.advance)
		check.Same(t, step.want, status())
	}
	for state, want := range map[string][]string{"": {"3", "old"}, "expired": {"3", "old"}, "valid": {"0"}, "none": {"0"}} {
		page, counts := check.Got2(w.KeyStatusPage(consumer, state, registry.Page{Offset: 1, Limit: 1}))(t)
		if diff := cmp.Diff(want, names(page, func(s registry.KeyStatus) string { return s.Kid })); diff != "" || counts["expired"] != 3 {
			t.Errorf("%s: %s %v", state, diff, counts)
		}
	}
	w.posts(t, first.ClientID, "old") // it lives again
	if page, _, err := w.KeyStatusPage(consumer, "expired", registry.Page{Limit: 9}); err != nil || page.Total != 2 {
		t.Errorf("after a change: %+v, %v", page, err)
	}
	if list, err := w.KeyStatuses(provider); err != nil || list == nil || len(list) != 0 {
		t.Errorf("another's: %v, %v", list, err)
	}
	wantKind(t, check.Err(w.KeyStatuses(registry.Caller{OrgNo: consumerNo})), registry.Forbidden, "")
}

func TestAvailableScopesKeepWhatIsDeactivatedWhileTheAccessStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	granted, own := w.scope(t, "granted"), w.scope(t, "own")
	public := w.scope(t, "public", func(in *registry.ScopeInput) { in.AccessibleForAll, in.Visibility = true, "PUBLIC" })
	private := w.scope(t, "private", func(in *registry.ScopeInput) { in.AccessibleForAll = true })
	delegated := w.scope(t, "delegated", func(in *registry.ScopeInput) { in.DelegationSource = "https://tt02.altinn.no/" })
	w.grant(t, granted, consumerNo)
	check.OK(t, w.Delegate(supplierNo, consumerNo, delegated))
	available := func(orgno string, want ...string) {
		t.Helper()
		check.Same(t, want, scopeNames(w.AvailableScopes(orgno)), "of ", orgno)
	}
	available(consumerNo, delegated, granted, public)
	available(providerNo, delegated, granted, own, private, public)
	available(supplierNo, public)
	for _, name := range []string{granted, own, public, delegated} {
		w.deactivate(t, name)
	}
	available(consumerNo, granted)
	available(providerNo, private)
	w.revoke(t, granted, consumerNo)
	available(consumerNo, []string{}...)
}
