package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pages"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
)

// linkIn is the address of the last confirmation mail.
func (w *world) linkIn(mail string) string {
	w.t.Helper()
	mails := w.MailTo(mail)
	if len(mails) == 0 {
		w.t.Fatalf("no mail to %s", mail)
	}
	at := strings.Index(mails[len(mails)-1].Body, "/portal/confirm")
	return strings.TrimSpace(mails[len(mails)-1].Body[at:])
}

func TestSomebodyRegistersConfirmsAndSignsIn(t *testing.T) {
	t.Parallel()
	p := newWorld(t).person()
	p.get("/portal/profile") // Min profil, at the top right
	p.sees(200, "Logg inn", "Registrer deg")
	p.get("/portal/register")
	p.submit("/portal/register", "name", "Kari", "mail", kari, "password", password).sees(200, "Bekreft e-postadressen", kari)
	p.get("/portal/login")
	p.submit("/portal/login", "mail", kari, "password", password).sees(403, "Brukeren er ikke bekreftet ennå")
	p.get("/workbench/mail?to="+kari).sees(200, "Bekreft brukeren din")
	link := p.linkIn(kari)
	p.get(link).sees(200, "Brukeren er bekreftet")
	p.get(link).sees(409, "Lenken er brukt før")
	p.get("/portal/confirm?token=forged").sees(400, "Lenken er ugyldig")
	p.get("/portal/login")
	p.submit("/portal/login", "mail", kari, "password", "feil passord").sees(401, "Feil e-postadresse eller passord").seesNot("feil passord\"")
	p.submit("/portal/login", "mail", kari, "password", password).sees(200, "Min profil", "Kari", "Åpent", "Lukket")
	p.submit("/portal/logout").sees(200, "Du er logget ut")
	p.get("/portal/profile").sees(200, "Logg inn")
}

func TestRegistrationIsRefusedAtTheFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signedIn(kari)
	w.ok(w.WithdrawTerms(nav))
	for _, c := range []struct {
		field, said string
		status      int
		sent        string
	}{
		{"name", "Fyll inn navnet", 400, ""},
		{"mail", "Skriv en e-postadresse", 400, "kari"},
		{"mail", "Dette domenet hører ikke til", 400, "a@ukjent.example"},
		{"mail", "har ikke signert bruksvilkårene", 403, ola},
		{"mail", "er registrert fra før", 409, kari},
		{"password", "minst 8 tegn", 400, "kort"},
		{"pid", "11 siffer", 400, "1"},
	} {
		p := w.person()
		p.get("/portal/register")
		filled := map[string]string{"name": "A", "mail": "ny@digdir.no", "password": password}
		filled[c.field] = c.sent
		p.submit("/portal/register", "name", filled["name"], "mail", filled["mail"], "password", filled["password"], "pid", filled["pid"])
		p.sees(c.status, "Noe må rettes", c.said)
		for _, want := range []string{`<a href="#f-` + c.field + `">`, `id="f-` + c.field + `-error"`, `<title>Feil: `} {
			if !strings.Contains(p.page.text, want) {
				t.Errorf("%s: no %s", c.said, want)
			}
		}
		p.seesNot(`value="` + password)
	}
}

func TestProductionAsksForIDPortenAndAnOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, manager := w.signedIn(kari), w.signedIn(boss)
	p.get("/portal/env/prod/scopes").sees(403, "Du har ikke tilgang til dette miljøet")
	p.get("/portal/organization/production").sees(403, "Bare en leder")
	manager.get("/portal/organization/production")
	manager.submit("/portal/organization/production", "more", "on").sees(200, "Person 2")
	manager.get("/portal/organization/production")
	manager.submit("/portal/organization/production", "persons[0].name", "Kari", "persons[0].mail", kari, "persons[0].phone", "12").sees(400, "Skriv et telefonnummer")
	manager.submit("/portal/organization/production", "persons[0].phone", "22 22 22 22").sees(200, "Tilgang i produksjon er bestilt")
	p.get("/portal/administration").sees(200, "Logg inn med ID-porten")
	p.get("/portal/env/prod/scopes?q=x").sees(200, "ID-porten (mock)")
	p.submit("/portal/idporten", "pid", "11111111111").sees(401, "Dette er ikke fødselsnummeret").seesNot("11111111111</")
	p.submit("/portal/idporten", "pid", pid)
	if p.sees(200, "Mine API"); p.page.path != "/portal/env/prod/scopes?q=x" {
		t.Errorf("signed in for production, and sent to %s", p.page.path)
	}
	p.get("/portal/env/prod/integrations/new?type=maskinporten").seesNot("client_orgno") // supplier's work wasn't ordered
	manager.get("/portal/organization/rights")
	manager.submit("/portal/organization/rights", "mail", kari, "rights", "apis", "take", "on").sees(200, "Rettighetene er tatt tilbake")
	p.get("/portal/env/prod/scopes").sees(403, "Du mangler rettigheten")
	manager.get("/portal/organization/rights")
	manager.submit("/portal/organization/rights", "mail", kari).sees(400, "Velg minst én rettighet")
	manager.submit("/portal/organization/rights", "rights", "apis").sees(200, "har fått rettighetene")
	p.get("/portal/env/prod/scopes").sees(200, "Mine API")
}

func TestTestEnvironmentsCanBeRestricted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, manager := w.signedIn(kari), w.signedIn(boss)
	restrict := func(mails string) {
		manager.get("/portal/organization/restrict")
		manager.submit("/portal/organization/restrict", "environment", "ver2", "mails", mails)
	}
	restrict("noen@nav.no")
	manager.sees(400, "Dette domenet hører ikke til")
	restrict(boss + "\r\n")
	manager.sees(200, "Ver2 er begrenset til navngitte brukere: 1")
	p.get("/portal/env/ver2/scopes").sees(403, "Du har ikke tilgang til dette miljøet")
	p.get("/portal/services?env=ver2").sees(403)
	p.get("/portal/env/ver1/scopes").sees(200)
	restrict("")
	manager.sees(200, "Ver2 er åpent for alle")
	p.get("/portal/env/ver2/scopes").sees(200)
}

func TestPrefixIsOrderedByMailOrByForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.signedIn(ola)
	p.get("/portal/env/test/scopes").sees(200, "ikke noe prefix", "Bestill prefix")
	p.get("/portal/env/test/scopes/new").sees(200, "ikke noe prefix")
	p.get("/portal/prefixes/new?environment=test")
	p.submit("/portal/prefixes/new", "prefix", "Nav!", "purpose", "").sees(400, "Bruk 1 til 255 bokstaver")
	p.submit("/portal/prefixes/new", "prefix", "difi", "purpose", "Ytelser").sees(409, "Prefixet tilhører en annen virksomhet")
	p.submit("/portal/prefixes/new", "prefix", "nav", "purpose", "Ytelser").sees(200, "Prefixet nav er opprettet i Test", "Innvilget")
	p.get("/portal/env/test/scopes/new").sees(200, "Opprett")
	p.get("/portal/prefixes/new?environment=prod")
	p.submit("/portal/prefixes/new", "prefix", "nav", "purpose", "Ytelser").sees(403, "Du har ikke tilgang til dette miljøet")
}

func TestWhoIsSignedOutInTheMiddleComesBackToThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.signedIn(kari)
	p.get("/portal/env/test/scopes/new")
	w.Advance(9 * time.Hour)
	p.submit("/portal/env/test/scopes/new", "subscope", "a", "description", "b").sees(200, "Du er logget ut. Logg inn igjen")
	p.submit("/portal/login", "mail", kari, "password", password)
	if p.sees(200, "Nytt scope"); p.page.path != "/portal/env/test/scopes/new" {
		t.Errorf("came back to %s", p.page.path)
	}
	w.ok(w.WithdrawTerms(digdir))
	p.get("/portal/env/test/scopes").sees(200, "Logg inn")
}

func TestSignInLeadsToThesePagesOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signedIn(kari)
	for _, next := range []string{"https://evil.example/", "//evil.example/", `/\evil.example`, "/portal/\r\nX: y", "javascript:alert(1)"} {
		p := w.person()
		p.get("/portal/login?next=" + url.QueryEscape(next))
		p.submit("/portal/login", "mail", kari, "password", password)
		if p.sees(200); p.page.path != "/portal/profile" {
			t.Errorf("%q leads to %s", next, p.page.path)
		}
		p.get("/portal/language?to=en&next=" + url.QueryEscape(next))
		if p.sees(200); p.page.path != "/portal/" {
			t.Errorf("%q leads to %s", next, p.page.path)
		}
	}
}

func TestPagesSpeakEnglishToo(t *testing.T) {
	t.Parallel()
	p := newWorld(t).person()
	p.get("/portal/register")
	p.get("/portal/language?to=en&next=/portal/register")
	if p.sees(200, "Register", "Work mail address"); !strings.Contains(p.page.text, `<html lang="en">`) || p.page.header.Get("Content-Language") != "en" {
		t.Error("the page doesn't say that it is English")
	}
	p.submit("/portal/register", "name", "").sees(400, "Something must be corrected", "Write a mail address")
	p.get("/portal/language?to=nb&next=/portal/register").sees(200, "Registrer deg")
}

func TestEventsReachNotificationPointsOrAreSeenAsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.signedIn(kari)
	w.scope("a")
	check.Got(w.Registries["test"].DeactivateScope(caller, "difi:a"))(t)
	p.get("/portal/notifications").sees(200, "Ingen varsler er sendt", "Scopet difi:a er deaktivert", "api-tilbyder-"+digdir)
	p.get("/portal/services").sees(200, "API-tilbyder")
	p.get("/portal/env/test/integrations/api-tilbyder-"+digdir).sees(200, "Rediger integrasjon", "Ingen. Virksomheten går glipp")
	const merchant = "/portal/env/test/integrations/api-tilbyder-" + digdir + "/merchant-data"
	p.get(merchant)
	p.submit(merchant, "notification_points", "drift@digdir.no\nikke en adresse", "invoicing.recipient_orgno", "1").sees(400, "Skriv én e-postadresse på hver linje")
	p.submit(merchant, "notification_points", "drift@digdir.no").sees(400, "Fyll inn et gyldig organisasjonsnummer")
	p.submit(merchant, "invoicing.recipient_orgno", digdir).sees(400, "En faktura må kunne komme fram")
	p.submit(merchant, "invoicing.email", "faktura@digdir.no", "invoicing.recipient_name", "Digdir")
	p.sees(200, "De merkantile dataene er lagret", "drift@digdir.no", "Digdir ("+digdir+")")
	w.scope("b")
	check.Got(w.Registries["test"].DeactivateScope(caller, "difi:b"))(t)
	p.get("/portal/notifications").sees(200, "Scopet difi:b er deaktivert", "drift@digdir.no")
	other := w.signedIn(ola)
	other.get("/portal/notifications").sees(200).seesNot("difi:a", "drift@digdir.no")
}

func TestThereIsNoWorkbenchWithoutTheControlAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(p *pages.Place) { p.Calls = nil })
	p := w.person()
	p.get("/").sees(200, "Portalen").seesNot("/workbench/")
	for _, path := range []string{"/workbench/", "/workbench/mail", "/workbench/requests"} {
		p.get(path).sees(404)
	}
	p.get("/portal/registered?mail="+kari).sees(200, "-control")
}

func TestPagesLieBelowABasePath(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(p *pages.Place) { p.Base = "/mock" })
	p := w.person()
	p.get("/portal/login")
	for _, address := range []string{`action="/mock/portal/login"`, `href="/mock/portal/profile"`, `href="/mock/portal/assets/style.css`} {
		if !strings.Contains(p.page.text, address) {
			t.Errorf("no %s", address)
		}
	}
	for _, cookie := range p.page.header["Set-Cookie"] {
		if !strings.Contains(cookie, "Path=/mock/;") || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Strict") {
			t.Error(cookie)
		}
	}
	if p.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }; p.get("/portal/profile").page.header.Get("Location") != "/mock/portal/login?next=%2Fmock%2Fportal%2Fprofile" {
		t.Error(p.page.header.Get("Location"))
	}
}

func TestSomebodyAsksForAccessAndAManagerDecides(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, manager := w.signedIn(kari), w.signedIn(boss)
	ask := func(environment string, rights ...string) {
		p.get("/portal/profile/access")
		p.submit("/portal/profile/access", append([]string{"environment", environment}, rights...)...)
	}
	ask("test")
	p.sees(409, "Du har tilgang til dette miljøet fra før")
	ask("prod", "rights", "supplier")
	p.sees(400, "Leverandør krever integrasjoner")
	ask("prod", "rights", "apis")
	p.sees(200, "Du har bedt om tilgang til Produksjon", "Venter på svar")
	ask("prod", "rights", "apis")
	p.sees(409)
	manager.get("/portal/organization").sees(200, "Ber om tilgang", kari, "Kolleger", "Kari "+kari)
	manager.submit("/portal/organization/decide", "granted", "yes").sees(200, kari+" har fått tilgang").seesNot("Ber om tilgang")
	p.get("/portal/idporten")
	p.submit("/portal/idporten", "pid", pid).sees(200, "Innvilget")
	ask("prod", "rights", "integrations")
	manager.get("/portal/organization")
	manager.submit("/portal/organization/decide", "granted", "no").sees(200, kari+" har fått avslag")
	p.get("/portal/env/prod/integrations").sees(403, "Du mangler rettigheten")
	p.get("/portal/organization").seesNot("Kolleger")
}

func TestIdentityNumberCanComeLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.signedIn(kari) // with a number
	p.get("/portal/profile/pid")
	p.submit("/portal/profile/pid", "pid", "123").sees(400, "11 siffer")
	p.submit("/portal/profile/pid", "pid", "11111111111").sees(409, "et annet fødselsnummer").seesNot("11111111111")
	w.ok(w.SignUp(portal.SignUp{Name: "Ny", Mail: "ny@digdir.no", Password: password}))
	without := w.person()
	without.get(w.linkIn("ny@digdir.no"))
	without.get("/portal/login")
	without.submit("/portal/login", "mail", "ny@digdir.no", "password", password)
	without.get("/portal/profile/pid")
	without.submit("/portal/profile/pid", "pid", pid).sees(200, "Fødselsnummeret er lagt til").seesNot(pid)
	without.get("/portal/idporten")
	without.submit("/portal/idporten", "pid", pid).sees(200, "Du er logget inn med ID-porten")
}

func TestConfirmationMailIsSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	p.get("/portal/register")
	p.submit("/portal/register", "name", "Kari", "mail", kari, "password", password)
	first := w.linkIn(kari)
	p.submit("/portal/resend").sees(200, "E-posten er sendt på nytt")
	p.get(first).sees(400, "Lenken er ugyldig")
	p.get(w.linkIn(kari)).sees(200, "Brukeren er bekreftet")
	p.get("/portal/registered?mail=ingen@digdir.no")
	p.submit("/portal/resend").sees(404)
}

func TestTermsAreSignedBeforeAnybodyRegisters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ok(w.WithdrawTerms(digdir))
	p := w.person()
	p.get("/portal/register")
	p.submit("/portal/register", "name", "Kari", "mail", kari, "password", password).sees(403, "har ikke signert bruksvilkårene", "Signer bruksvilkårene")
	p.get("/portal/terms?mail=" + kari)
	p.submit("/portal/terms", "orgno", "123").sees(404, "Ingen virksomhet med dette nummeret")
	p.submit("/portal/terms", "orgno", digdir).sees(403, "Bare en leder")
	p.submit("/portal/terms", "mail", boss).sees(200, "Bruksvilkårene er signert", "Registrer deg")
	p.submit("/portal/register", "name", "Kari", "mail", kari, "password", password).sees(200, "Bekreft e-postadressen")
}
