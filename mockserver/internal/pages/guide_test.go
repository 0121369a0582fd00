package pages_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

func TestProviderDoesWhatTheGuideSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.signedIn(kari)
	p.get("/portal/administration").sees(200, "Test", "Produksjon", "Mine API")
	p.get("/portal/env/test/scopes").sees(200, "Ingen scopes ennå", "Nytt scope")
	p.get("/portal/env/test/scopes/new")
	p.submit("/portal/env/test/scopes/new", "subscope", "api lese", "description", "Lese").sees(400, "Skriv et navn med bokstaver", "API-et svarer: 400")
	p.submit("/portal/env/test/scopes/new", "subscope", "api/lese", "at_max_age", "lenge").sees(400, "Skriv et helt antall sekunder")
	p.submit("/portal/env/test/scopes/new", "at_max_age", "60", "description", "Lese været", "description#en", "Read the weather", "allowed_integration_types", "maskinporten", "accessible_for_all", "on")
	p.sees(200, "Scopet difi:api/lese er opprettet", "Lese været", "Read the weather", "60 sekunder", "Maskinporten", "Alle", "Ingen har fått tilgang hver for seg")
	p.get("/portal/env/test/scopes/new")
	p.submit("/portal/env/test/scopes/new", "subscope", "api/lese", "description", "Igjen").sees(409, "Det finnes et scope med dette navnet")

	const access = "/portal/env/test/scope/access"
	p.get(access + "?name=difi:api/lese")
	p.submit(access, "consumer_orgno", "123").sees(400, "Dette er ikke et gyldig organisasjonsnummer")
	p.submit(access, "consumer_orgno", nav).sees(200, "Arbeids- og velferdsetaten ("+nav+") har fått tilgang", "02.01.2026")
	p.get(access + "?name=difi:api/lese")
	p.submit(access, "many", "974760673\r\nfeil\r\n\r\n"+nav+"\r\n12345\r\n").sees(400, "Linje 2: Dette er ikke et gyldig", "feil 12345")
	p.submit(access, "many", "").sees(400)
	p.submit("/portal/env/test/scope/access", "many", "910753614").sees(200, "Konsument", "974760673", "910753614", nav)
	p.submit("/portal/env/test/scope/access/remove", "consumer_orgno", nav).sees(200, "Arbeids- og velferdsetaten ("+nav+") har ikke lenger tilgang")

	const edit = "/portal/env/test/scope/edit"
	p.get(edit+"?name=difi:api/lese").sees(200, "Deaktiver")
	p.submit(edit, "description", "Lese alt", "accessible_for_all", "")
	p.sees(200, "Scopet difi:api/lese er endret", "Lese alt", "Read the weather", "60 sekunder", "De som får tilgang")
	const deactivate = "/portal/env/test/scope/deactivate"
	p.get(deactivate+"?name=difi:api/lese").sees(200, "Virksomheter som har tilgang: 2", "Fjern tilgangene først")
	p.submit(deactivate).sees(200, "er deaktivert", "De som har tilgang, ser det fortsatt")
	p.submit("/portal/env/test/scope/reactivate").sees(200, "er aktivt igjen", "60 sekunder")
	p.get(deactivate + "?name=difi:api/lese")
	p.submit(deactivate, "revoke", "on").sees(200, "er deaktivert", "Ingen har tilgang ennå")
	p.get("/portal/env/test/scopes").sees(200, "Ingen scopes ennå")
	p.get("/portal/env/test/scopes?inactive=on").sees(200, "difi:api/lese", "02.01.2026")
	p.get("/portal/help").sees(200, "Gjort", "MP-250", "Spør API-tilbyderen")
}

// aKey is a key pair for tests, made once: PEM and JWK of the public key, and the
// private one as PEM.
var aKey = sync.OnceValues(func() (public struct{ PEM, JWK string }, private string) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return public, ""
	}
	der, _ := x509.MarshalPKIXPublicKey(&key.PublicKey)
	public.PEM = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	public.JWK = fmt.Sprintf(`{"kty":"RSA","kid":"min-nokkel","use":"sig","alg":"RS256","n":"%s","e":"AQAB"}`, base64.RawURLEncoding.EncodeToString(key.N.Bytes()))
	der, _ = x509.MarshalPKCS8PrivateKey(key)
	return public, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
})

func TestConsumerMakesAClientWithKeysAndScopes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.scope("vaer")
	check.Got(w.Registries["test"].GrantAccess(caller, "difi:vaer", nav))(t)
	p := w.signedIn(ola)
	p.get("/portal/env/test/integrations").sees(200, "Ingen integrasjoner ennå", "Ny integrasjon")
	p.get("/portal/env/test/integrations/new").sees(200, "Hva slags integrasjon?", "API-klient")
	p.get("/portal/env/test/integrations/new?type=maskinporten").sees(200, "difi:vaer", "Kontakt- og reservasjonsregisteret")
	const create = "/portal/env/test/integrations/new"
	p.submit(create).sees(400, "Fyll inn navnet")
	p.submit(create, "client_name", "Saksbehandling", "access_token_lifetime", "-1").sees(400, "Skriv et helt antall sekunder")
	p.submit(create, "access_token_lifetime", "300").sees(200, "Klienten Saksbehandling er opprettet", "300", "private_key_jwt")
	path := p.page.path

	p.get(path+"/scopes").sees(200, "Klienten har ingen scopes ennå", "difi:vaer", "Tilgang er gitt")
	p.submit(path+"/scopes/add", "scope", "difi:vaer").sees(200, "Klienten har fått scopet difi:vaer")
	p.submit(path+"/scopes/remove", "scope", "difi:vaer").sees(200, "har ikke lenger scopet")
	p.submit(path+"/scopes/add", "scope", "difi:ukjent").sees(400, "Minst ett av scopene kan ikke velges")

	public, private := aKey()
	add := path + "/keys/new"
	p.get(path+"/keys").sees(200, "Ingen nøkler ennå")
	p.get(add)
	p.submit(add, "key", private).sees(400, "Dette er en privat nøkkel").seesNot(strings.Split(private, "\n")[3])
	p.submit(add, "key", "ingen nøkkel").sees(400, "Dette er ingen nøkkel som kan brukes", "ingen nøkkel")
	p.submit(add, "key", public.JWK).sees(200, "Nøkkelen min-nokkel er registrert, og lever til 02.01.2027", "RS256", "Alt i orden")
	p.get(add)
	p.submit(add, "key", public.PEM).sees(200, "er registrert")
	p.submit(path+"/keys/remove", "kid", "min-nokkel").sees(200, "Nøkkelen min-nokkel er fjernet")
	w.Advance(340 * 24 * time.Hour)
	p = w.signedIn(ola)
	p.get("/portal/env/test/keys").sees(200, "Utløper innen en måned 1", "Saksbehandling")
	p.get("/portal/env/test/keys?state=valid").sees(200, "Ingen nøkler her")

	p.get(path + "/edit")
	p.submit(path+"/edit", "client_name", "Saksbehandling 2", "description", "Ny").sees(200, "Klienten Saksbehandling 2 er endret", "300")
	p.get(path + "/onbehalfof")
	p.submit(path+"/onbehalfof", "onbehalfof", "kommune").sees(400, "opptrer ikke på vegne av noen")
	p.get(path + "/merchant-data")
	p.submit(path+"/merchant-data", "notification_points", "drift@nav.no").sees(200, "De merkantile dataene er lagret")
	p.get(path + "/deactivate")
	p.submit(path+"/deactivate").sees(200, "er slettet (deaktivert)", "Klienten er deaktivert")
	p.get("/portal/notifications").sees(200, "er deaktivert", "drift@nav.no")
	p.get("/portal/env/test/integrations").sees(200, "Ingen integrasjoner ennå")
	p.get("/portal/env/test/integrations?inactive=on&type=MASKINPORTEN").sees(200, "Saksbehandling 2", "Deaktivert")
	p.get(path)
	p.submit(path+"/reactivate").sees(200, "er aktiv igjen", "300")
}

var secretPattern = regexp.MustCompile(`id="secret">([^<]+)<`)

func TestSecretIsShownOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.signedIn(kari)
	p.get("/portal/env/test/integrations/new?type=idporten")
	const create = "/portal/env/test/integrations/new"
	p.submit(create, "client_name", "Innlogging", "token_endpoint_auth_method", "client_secret_post").sees(400, "Skriv minst én adresse, uten #")
	p.submit(create, "redirect_uris", "https://a.example/inn\r\nhttps://a.example/ut#x").sees(400, "Skriv minst én adresse, uten #")
	p.submit(create, "redirect_uris", "https://a.example/inn").sees(200, "Dette er hemmeligheten", "https://a.example/inn")
	first := secretPattern.FindStringSubmatch(p.page.text)
	if first == nil || strings.Contains(p.page.path, first[1]) {
		t.Fatalf("%s: %v", p.page.path, first)
	}
	path := p.page.path
	id := path[strings.LastIndex(path, "/")+1:]
	if !w.Registries["test"].SecretValid(id, first[1]) {
		t.Error("the secret shown isn't the client's")
	}
	p.get(path).seesNot(first[1])
	p.submit(path + "/secret")
	second := secretPattern.FindStringSubmatch(p.page.text)
	if second == nil || second[1] == first[1] || w.Registries["test"].SecretValid(id, first[1]) || !w.Registries["test"].SecretValid(id, second[1]) {
		t.Errorf("the new secret: %v", second)
	}
	p.get(path + "/onbehalfof")
	p.submit(path+"/onbehalfof", "onbehalfof", "kommune", "orgno", "1").sees(400, "Dette er ikke et gyldig organisasjonsnummer")
	p.submit(path+"/onbehalfof", "orgno", nav, "name", "Kommunen").sees(200, "Klienten kan opptre på vegne av kommune", "Kommunen")
	p.submit(path+"/onbehalfof/remove", "onbehalfof", "kommune").sees(200, "opptrer ikke lenger på vegne av kommune")
}

func TestSupplierMakesClientsForCustomers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.signedIn(kari)
	p.get("/portal/env/test/integrations/new?type=maskinporten")
	p.submit("/portal/env/test/integrations/new", "client_name", "For NAV", "client_orgno", nav, "krr", "on").sees(200, "For NAV", nav, "Leverandør "+digdir)
	id := p.page.path[strings.LastIndex(p.page.path, "/")+1:]
	c := check.Got(w.Registries["test"].Client(registry.Caller{OrgNo: nav, Own: true}, id))(t)
	if len(c.Scopes) != 2 {
		t.Errorf("the KRR package: %v", c.Scopes)
	}
}

func TestWhatBelongsToOthersOrIsUnknownIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.scope("a")
	c := w.client(registry.ClientFields{})
	p := w.signedIn(ola)
	for path, status := range map[string]int{
		"/portal/env/test/scope?name=difi:a":                             403,
		"/portal/env/test/scope/edit?name=difi:a":                        403,
		"/portal/env/test/scope/deactivate?name=difi:a":                  403,
		"/portal/env/test/scope/access?name=difi:a":                      403,
		"/portal/env/test/scope?name=difi:ukjent":                        404,
		"/portal/env/test/scope":                                         404,
		"/portal/env/test/integrations/" + c.ClientID:                    403,
		"/portal/env/test/integrations/" + c.ClientID + "/keys":          403,
		"/portal/env/test/integrations/" + c.ClientID + "/edit":          403,
		"/portal/env/test/integrations/" + c.ClientID + "/merchant-data": 403,
		"/portal/env/test/integrations/api-tilbyder-" + digdir:           403,
		"/portal/env/test/integrations/ukjent":                           404,
		"/portal/env/test/integrations/ukjent/scopes":                    404,
		"/portal/env/ver2/integrations/" + c.ClientID:                    404,
		"/portal/env/ver3/scopes":                                        404,
		"/portal/ukjent":                                                 404,
		"/portal/organization/rights":                                    403,
	} {
		p.get(path).sees(status).seesNot("Klienten</h1>", "Beskrivelse av a")
	}
}

func TestChangesOfTwoTabsDontOverwriteEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.scope("a")
	c := w.client(registry.ClientFields{})
	one := w.signedIn(kari)
	two := w.signedIn(boss)
	for _, edit := range []struct{ get, post, field string }{
		{"/portal/env/test/scope/edit?name=difi:a", "/portal/env/test/scope/edit", "description"},
		{"/portal/env/test/integrations/" + c.ClientID + "/edit", "/portal/env/test/integrations/" + c.ClientID + "/edit", "client_name"},
	} {
		one.get(edit.get)
		two.get(edit.get)
		w.Advance(time.Minute)
		one.submit(edit.post, edit.field, "Den ene").sees(200, "Den ene")
		two.submit(edit.post, edit.field, "Den andre").sees(409, "Noen andre har endret dette i mellomtiden")
		two.submit(edit.post).sees(200, "Den andre")
	}
}

func TestLongListsArePagedAndSearched(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 45 {
		w.Advance(time.Second)
		w.scope(fmt.Sprintf("s%02d", i))
	}
	p := w.signedIn(kari)
	p.get("/portal/env/test/scopes").sees(200, "Viser 1 til 20 av 45", "difi:s44", "difi:s25", "Neste").seesNot("difi:s24", "Forrige")
	p.get("/portal/env/test/scopes?page=3").sees(200, "Viser 41 til 45 av 45", "difi:s00", "Forrige").seesNot("Neste")
	p.get("/portal/env/test/scopes?q=S4").sees(200, "Antall: 5", "difi:s40").seesNot("difi:s39")
	p.get("/portal/env/test/scopes?q=finnes+ikke").sees(200, "Ingen treff")
	for _, page := range []string{"0", "-1", "x", "99999999999999999999", "999"} {
		p.get("/portal/env/test/scopes?page=" + page).sees(200)
	}
}
