package portal_test

import (
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
)

func TestAManagerSeesColleaguesWithTheirRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manager, _, _ := w.manager(), w.withoutPID(kari), w.user("per@nav.no")
	w.ok(w.SignUp(portal.SignUp{Name: "Ola", Mail: ola, Password: password, PID: pid}))
	w.ok(w.Restrict(manager, "ver1", []string{boss}))
	w.ok(w.DelegateRights(manager, kari, everything[:1]))
	list := check.Got(w.Colleagues(manager))(t)
	want := []portal.Colleague{
		{Mail: boss, Name: boss, Confirmed: true, Manager: true, HasPID: true, Environments: []string{"ver1", "ver2", "test"}, Production: []portal.Right{}},
		{Mail: kari, Name: kari, Confirmed: true, Environments: []string{"ver2", "test"}, Production: everything[:1]},
		{Mail: ola, Name: "Ola", HasPID: true, Environments: []string{"ver2", "test"}, Production: []portal.Right{}},
	}
	check.Same(t, want, list)
	restricted := check.Got(w.Restrictions(manager))(t)
	check.Same(t, map[string][]string{"ver1": {boss}}, restricted)
}

func TestOnlyManagersSeeColleaguesAndRestrictions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cookie := w.user(kari)
	refused(t, check.Err(w.Colleagues(cookie)), portal.CodeNotManager)
	refused(t, check.Err(w.Restrictions(cookie)), portal.CodeNotManager)
}

func TestTheConfirmationMailCanBeSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refused(t, w.ResendConfirmation(kari), portal.CodeUnknown)
	refused(t, w.ResendConfirmation("nobody"), portal.CodeInvalid)
	w.ok(w.SignUp(portal.SignUp{Name: "Kari", Mail: kari, Password: password}))
	first := w.lastLink(kari)
	w.ok(w.ResendConfirmation("Kari@digdir.no"))
	if second := w.lastLink(kari); second == first {
		t.Error("the link is the same")
	}
	refused(t, w.Confirm(first), portal.CodeLinkInvalid)
	w.ok(w.Confirm(w.lastLink(kari)))
	check.Got(w.SignIn(kari, password))(t)
	refused(t, w.ResendConfirmation(kari), portal.CodeConflict)
}

func TestSigningTheTermsIsAStepOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const brreg, chief, other = "974760673", "sjef@brreg.no", "kari@brreg.no"
	refused(t, check.Err(w.SignTermsAs(brreg, chief)), portal.CodeUnknown)
	w.ok(w.Register(brreg, "Brønnøysundregistrene"))
	w.ok(w.AddDomain(brreg, "brreg.no"))
	if w.TermsSigned(brreg) || !w.TermsSigned("971032081") {
		t.Error("only those that are registered and haven't signed haven't")
	}
	refused(t, w.SignUp(portal.SignUp{Name: "S", Mail: chief, Password: password}), portal.CodeTermsNotSigned)
	refused(t, check.Err(w.SignTermsAs(brreg, kari)), portal.CodeUnknownDomain)
	w.ok(w.AppointManager(brreg, chief))
	refused(t, check.Err(w.SignTermsAs(brreg, other)), portal.CodeNotManager)
	for range 2 {
		signed := check.Got(w.SignTermsAs(brreg, chief))(t)
		if !signed.TermsSigned || !w.TermsSigned(brreg) {
			t.Errorf("%+v", signed)
		}
	}
	w.ok(w.SignUp(portal.SignUp{Name: "S", Mail: chief, Password: password}))
}

func TestWithoutAManagerAnybodyOfTheOrganisationSigns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ok(w.WithdrawTerms(nav))
	if w.TermsSigned(nav) {
		t.Error("they stand")
	}
	check.Got(w.SignTermsAs(nav, "per@nav.no"))(t)
	if !w.TermsSigned(nav) {
		t.Error("they don't stand")
	}
}
