package portal_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
)

func signUp(mail string) portal.SignUp {
	return portal.SignUp{Name: "Kari", Mail: mail, Password: password}
}

func TestDomainOfMailTiesUserToOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for mail, orgno := range map[string]string{"kari@digdir.no": digdir, "Per@NAV.no": nav} {
		cookie := w.user(mailLower(mail))
		profile := check.Got(w.Profile(cookie))(t)
		if profile.Organization.OrgNo != orgno {
			t.Errorf("%s belongs to %s, want %s", mail, profile.Organization.OrgNo, orgno)
		}
	}
}

func mailLower(mail string) string { return strings.ToLower(mail) }

func TestUnknownDomainIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, mail := range []string{"kari@gmail.com", "kari@sub.digdir.no", "kari@xdigdir.no", "kari@digdir.no.evil.example"} {
		refused(t, w.SignUp(signUp(mail)), portal.CodeUnknownDomain)
		if n := len(w.MailTo(mail)); n != 0 {
			t.Errorf("%s got %d mails", mail, n)
		}
	}
}

func TestMalformedSignUpIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, in := range map[string]portal.SignUp{
		"no mail":          {Name: "K", Password: password},
		"display name":     {Name: "K", Mail: "Kari <kari@digdir.no>", Password: password},
		"header injection": {Name: "K", Mail: "kari@digdir.no\r\nBcc: x@y.no", Password: password},
		"no domain":        {Name: "K", Mail: "kari@", Password: password},
		"no name":          {Name: " ", Mail: kari, Password: password},
		"short password":   {Name: "K", Mail: kari, Password: "kort"},
		"short pid":        {Name: "K", Mail: kari, Password: password, PID: "123"},
		"letters in pid":   {Name: "K", Mail: kari, Password: password, PID: "0101011234x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, w.SignUp(in), portal.CodeInvalid)
		})
	}
}

func TestTermsMustBeSignedBeforeAnyoneSignsUpOrIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cookie := w.user(kari)
	w.ok(w.WithdrawTerms(digdir))
	refused(t, w.SignUp(signUp(ola)), portal.CodeTermsNotSigned)
	refused(t, check.Err(w.SignIn(kari, password)), portal.CodeTermsNotSigned)
	refused(t, check.Err(w.Profile(cookie)), portal.CodeTermsNotSigned)
	w.ok(w.SignTerms(digdir))
	w.ok(w.SignUp(signUp(ola)))
}

func TestUserMustFollowTheLinkBeforeSigningIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ok(w.SignUp(signUp(kari)))
	refused(t, check.Err(w.SignIn(kari, password)), portal.CodeNotConfirmed)
	w.ok(w.Confirm(w.lastLink(kari)))
	check.Got(w.SignIn(kari, password))(t)
}

func TestConfirmationLinkWorksOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ok(w.SignUp(signUp(kari)))
	link := w.lastLink(kari)
	w.ok(w.Confirm(link))
	refused(t, w.Confirm(link), portal.CodeLinkUsed)
}

func TestForgedOldAndReplacedLinksGetNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, forged := range []string{"", "x", strings.Repeat("A", 26)} {
		refused(t, w.Confirm(forged), portal.CodeLinkInvalid)
	}
	w.ok(w.SignUp(signUp(kari)))
	first := w.lastLink(kari)
	w.ok(w.SignUp(signUp(kari)))
	refused(t, w.Confirm(first), portal.CodeLinkInvalid)
	second := w.lastLink(kari)
	w.Advance(25 * time.Hour)
	refused(t, w.Confirm(second), portal.CodeLinkInvalid)
	refused(t, check.Err(w.SignIn(kari, password)), portal.CodeNotConfirmed)
}

func TestConfirmedUserCannotBeSignedUpAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user(kari)
	in := signUp("KARI@digdir.no")
	in.Password = "another password"
	refused(t, w.SignUp(in), portal.CodeConflict)
	check.Got(w.SignIn(kari, password))(t)
}

func TestWrongPasswordAndUnknownUserLookAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user(kari)
	_, wrong := w.SignIn(kari, "galt passord")
	refused(t, wrong, portal.CodeWrongCredentials)
	_, unknown := w.SignIn(ola, password)
	refused(t, unknown, portal.CodeWrongCredentials)
	if wrong.Error() != unknown.Error() {
		t.Errorf("%q tells more than %q", wrong, unknown)
	}
}

func TestSessionEndsAtSignOutAndAfterEightIdleHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	left, stayed := w.user(kari), w.user(ola)
	w.ok(w.SignOut(left))
	refused(t, check.Err(w.Profile(left)), portal.CodeNotSignedIn)
	refused(t, w.SignOut(left), portal.CodeNotSignedIn)

	w.Advance(7 * time.Hour)
	check.Got(w.Profile(stayed))(t) // prolongs it
	w.Advance(7 * time.Hour)
	check.Got(w.Profile(stayed))(t)
	w.Advance(9 * time.Hour)
	refused(t, check.Err(w.Profile(stayed)), portal.CodeNotSignedIn)
}

func TestForgedCookieGetsNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user(kari)
	foreign := newWorld(t).user(kari) // a session of another server
	for _, cookie := range []string{"", "x", kari, foreign} {
		refused(t, check.Err(w.Profile(cookie)), portal.CodeNotSignedIn)
		refused(t, check.Err(w.Enter(cookie, "test")), portal.CodeNotSignedIn)
	}
}

func TestDomainBelongsToOneOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refused(t, w.AddDomain(nav, "DIGDIR.no"), portal.CodeConflict)
	refused(t, w.AddDomain(nav, "localhost"), portal.CodeInvalid)
	refused(t, w.AddDomain(nav, "bad_domain.no"), portal.CodeInvalid)
	refused(t, w.AddDomain("974760673", "x.no"), portal.CodeUnknown)
	w.ok(w.AddDomain(digdir, "difi.no"))
	if got := w.Organizations(); len(got) != 2 || len(got[1].Domains) != 2 {
		t.Errorf("organisations: %+v", got)
	}
}

func TestOnlyRegisteredOrganisationsExist(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refused(t, w.Register("123", "x"), portal.CodeInvalid)
	refused(t, w.SignTerms("974760673"), portal.CodeUnknown)
	w.ok(w.Register(nav, "NAV"))
	check.Same(t, "NAV", w.Organizations()[0].Name, "name")
}

func TestWhoSignsUpShowsNoPasswordAndNoIdentityNumber(t *testing.T) {
	t.Parallel()
	in := portal.SignUp{Name: "Kari", Mail: kari, Password: "hush-hush-hush", PID: "01017012345"}
	state := portal.UserState{Mail: kari, PID: in.PID, Password: in.Password, PasswordHash: []byte("hush"), Salt: []byte("hush")}
	var all strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		fmt.Fprintf(&all, verb+verb+verb+verb, in, &in, state, []portal.UserState{state})
	}
	slog.New(slog.NewJSONHandler(&all, nil)).Info("signed up", "user", in)
	slog.New(slog.NewTextHandler(&all, nil)).Info("signed up", "user", in)
	if text := all.String(); strings.Contains(text, "hush") || strings.Contains(text, in.PID) || strings.Count(text, kari) < 20 {
		t.Error(text)
	}
}
