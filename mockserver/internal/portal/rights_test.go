package portal_test

import (
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
)

var everything = []portal.Right{portal.RightAPIs, portal.RightIntegrations, portal.RightSupplier}

func TestTestEnvironmentsAreOpenToEveryUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cookie := w.user(kari)
	for _, environment := range []string{"ver1", "ver2", "test"} {
		actor := check.Got(w.Enter(cookie, environment))(t)
		check.Same(t, portal.Actor{Mail: kari, OrgNo: digdir, Rights: everything}, actor, environment)
	}
	refused(t, check.Err(w.Enter(cookie, "ver3")), portal.CodeUnknown)
}

func TestOrganisationMayRestrictTestEnvironmentToNamedUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manager, named, other := w.manager(), w.user(kari), w.user(ola)
	w.ok(w.Restrict(manager, "ver2", []string{"Kari@digdir.no"}))
	check.Got(w.Enter(named, "ver2"))(t)
	refused(t, check.Err(w.Enter(other, "ver2")), portal.CodeNoAccess)
	check.Got(w.Enter(other, "test"))(t)
	w.ok(w.Restrict(manager, "ver2", nil))
	check.Got(w.Enter(other, "ver2"))(t)
}

func TestRestrictionOfOneOrganisationLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manager, foreign := w.manager(), w.user("per@nav.no")
	w.ok(w.Restrict(manager, "test", []string{kari}))
	check.Got(w.Enter(foreign, "test"))(t)
	refused(t, w.Restrict(manager, "test", []string{"per@nav.no"}), portal.CodeUnknownDomain)
	refused(t, w.Restrict(manager, "prod", []string{kari}), portal.CodeInvalid)
	refused(t, w.Restrict(manager, "nowhere", nil), portal.CodeUnknown)
	refused(t, w.Restrict(manager, "test", []string{"nobody"}), portal.CodeInvalid)
}

func TestProductionIsClosedUntilAManagerOrdersIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manager, cookie := w.manager(), w.user(kari)
	refused(t, check.Err(w.Enter(cookie, "prod")), portal.CodeNoAccess)
	w.ok(w.OrderProduction(manager, []portal.Person{{Name: "Kari", Mail: kari, Phone: "+47 22 22 22 22"}}))
	refused(t, check.Err(w.Enter(cookie, "prod")), portal.CodeIDPortenRequired)
	w.ok(w.SignInWithIDPorten(cookie, pid))
	actor := check.Got(w.Enter(cookie, "prod"))(t)
	check.Same(t, []portal.Right{portal.RightAPIs, portal.RightIntegrations}, actor.Rights)
	w.ok(w.TakeBack(manager, kari))
	refused(t, check.Err(w.Enter(cookie, "prod")), portal.CodeNoAccess)
}

func TestIDPortenNeedsTheUsersOwnIdentityNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cookie := w.user(kari)
	refused(t, w.SignInWithIDPorten(cookie, "02020254321"), portal.CodeWrongCredentials)
	refused(t, w.SignInWithIDPorten("forged", pid), portal.CodeNotSignedIn)
	w.ok(w.SignUp(portal.SignUp{Name: "Uten", Mail: ola, Password: password}))
	w.ok(w.Confirm(w.lastLink(ola)))
	in := check.Got(w.SignIn(ola, password))(t)
	refused(t, w.SignInWithIDPorten(in.Cookie, ""), portal.CodeWrongCredentials)
}

func TestProductionOrderNamesPersonsWithNameMailAndPhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manager := w.manager()
	cookie := w.user(kari)
	w.user("per@nav.no")
	good := portal.Person{Name: "Kari", Mail: kari, Phone: "22222222"}
	for name, tt := range map[string]struct {
		persons []portal.Person
		want    portal.Code
	}{
		"nobody":            {nil, portal.CodeInvalid},
		"no name":           {[]portal.Person{good, {Mail: kari, Phone: "22222222"}}, portal.CodeInvalid},
		"no phone":          {[]portal.Person{good, {Name: "K", Mail: kari}}, portal.CodeInvalid},
		"not a phone":       {[]portal.Person{good, {Name: "K", Mail: kari, Phone: "ring meg nå"}}, portal.CodeInvalid},
		"a short phone":     {[]portal.Person{good, {Name: "K", Mail: kari, Phone: "+1234567"}}, portal.CodeInvalid},
		"a long phone":      {[]portal.Person{good, {Name: "K", Mail: kari, Phone: "+1234567890123456"}}, portal.CodeInvalid},
		"not a mail":        {[]portal.Person{good, {Name: "K", Mail: "kari", Phone: "22222222"}}, portal.CodeInvalid},
		"foreign mail":      {[]portal.Person{good, {Name: "P", Mail: "per@nav.no", Phone: "22222222"}}, portal.CodeUnknownDomain},
		"not signed up yet": {[]portal.Person{good, {Name: "O", Mail: ola, Phone: "22222222"}}, portal.CodeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, w.OrderProduction(manager, tt.persons), tt.want)
			refused(t, check.Err(w.Enter(cookie, "prod")), portal.CodeNoAccess) // all or none
		})
	}
}

func TestOnlyManagersOrderDelegateAndTakeBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cookie := w.user(kari)
	w.user(ola)
	refused(t, w.OrderProduction(cookie, []portal.Person{{Name: "O", Mail: ola, Phone: "22222222"}}), portal.CodeNotManager)
	refused(t, w.DelegateRights(cookie, kari, everything), portal.CodeNotManager)
	refused(t, w.TakeBack(cookie, ola), portal.CodeNotManager)
	refused(t, w.Restrict(cookie, "test", []string{kari}), portal.CodeNotManager)
	refused(t, w.DelegateRights("forged", kari, everything), portal.CodeNotSignedIn)
	refused(t, w.AppointManager(digdir, "per@nav.no"), portal.CodeUnknownDomain)
	refused(t, w.AppointManager(digdir, "per"), portal.CodeInvalid)
}

func TestDelegatedRightsHoldUntilTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manager, cookie := w.manager(), w.user(kari)
	w.ok(w.SignInWithIDPorten(cookie, pid))
	rights := func() []portal.Right {
		t.Helper()
		profile := check.Got(w.Profile(cookie))(t)
		return profile.Environments[3].Rights
	}
	for _, step := range []struct {
		do   func() error
		want []portal.Right
	}{
		{func() error { return w.DelegateRights(manager, kari, []portal.Right{portal.RightAPIs}) }, everything[:1]},
		{func() error {
			return w.DelegateRights(manager, kari, []portal.Right{portal.RightSupplier, portal.RightIntegrations})
		}, everything},
		{func() error { return w.TakeBack(manager, kari, portal.RightAPIs) }, everything[1:]},
		{func() error { return w.TakeBack(manager, kari, portal.RightIntegrations) }, []portal.Right{}}, // supplier goes with it
	} {
		w.ok(step.do())
		check.Same(t, step.want, rights())
	}
}

func TestSupplierRightNeedsIntegrationsToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manager := w.manager()
	w.user(kari)
	refused(t, w.DelegateRights(manager, kari, []portal.Right{portal.RightSupplier}), portal.CodeInvalid)
	w.ok(w.DelegateRights(manager, kari, []portal.Right{portal.RightIntegrations}))
	w.ok(w.DelegateRights(manager, kari, []portal.Right{portal.RightSupplier}))
	refused(t, w.DelegateRights(manager, kari, nil), portal.CodeInvalid)
	refused(t, w.DelegateRights(manager, kari, []portal.Right{"root"}), portal.CodeInvalid)
	refused(t, w.DelegateRights(manager, ola, everything), portal.CodeUnknown)
	refused(t, w.TakeBack(manager, "per@nav.no"), portal.CodeUnknownDomain)
}

func TestATelephoneNumberHas8To15Digits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manager := w.manager()
	w.user(kari)
	for _, phone := range []string{"12345678", "+123456789012345"} {
		w.ok(w.OrderProduction(manager, []portal.Person{{Name: "Kari", Mail: kari, Phone: phone}}))
	}
}

func TestAProfileTellsWhichEnvironmentsAreOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cookie := w.user(kari)
	w.ok(w.Restrict(w.manager(), "ver2", []string{ola}))
	profile := check.Got(w.Profile(cookie))(t)
	open := map[string]bool{}
	for _, e := range profile.Environments {
		open[e.Name] = e.Open
	}
	want := map[string]bool{"ver1": true, "ver2": false, "test": true, "prod": false}
	check.Same(t, want, open)
}
