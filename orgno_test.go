package maskinporten_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func TestParseOrgNoTakesNineDigitsThatCheck(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]maskinporten.OrgNo{
		"991825827": "991825827", "0192:991825827": "991825827", "889640782": "889640782", "910753614": "910753614", "974760673": "974760673",
	} {
		got, err := maskinporten.ParseOrgNo(text)
		if err != nil || got != want || !got.Valid() || got.ISO6523() != "0192:"+string(want) {
			t.Errorf("%s: %q (%s), error %v", text, got, got.ISO6523(), err)
		}
	}
}

func TestParseOrgNoRefusesEverythingElse(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", ".", "..", "99182582", "9918258270", "991825828", "991825820", "99182582x", "99182582-", " 991825827", "991825827\n",
		"991 825 827", "0192:99182582", "0192:0192:991825827", "0193:991825827", "991825827:0192", "٩٩١٨٢٥٨٢٧", "９９１８２５８２７", "-91825827",
		"000000000", "012345674", "000000010", strings.Repeat("9", 1<<20),
	} {
		got, err := maskinporten.ParseOrgNo(text)
		problem, ok := errors.AsType[*maskinporten.ArgumentError](err)
		if got != "" || !ok || !errors.Is(err, maskinporten.ErrInvalidArgument) || problem.Problem == "" || len(err.Error()) > 200 {
			t.Errorf("%.40q: %q, error %.300v", text, got, err)
		}
	}
}

func TestANumberWhoseCheckDigitWouldBeTenIsNeverValid(t *testing.T) {
	t.Parallel()
	for digit := range 10 {
		if maskinporten.OrgNo(fmt.Sprintf("91000008%d", digit)).Valid() { // 9*3 + 1*2 + 8*2 = 45 leaves 1
			t.Errorf("%d fits, and none should", digit)
		}
	}
}

func TestEnvironmentsHaveTheAddressesOfTheService(t *testing.T) {
	t.Parallel()
	want := map[maskinporten.Environment]maskinporten.Endpoints{
		maskinporten.Ver1: {Issuer: "https://ver1.maskinporten.no/", Token: "https://ver1.maskinporten.no/token", API: "https://integrasjon-ver1.difi.no"},
		maskinporten.Ver2: {Issuer: "https://ver2.maskinporten.no/", Token: "https://ver2.maskinporten.no/token", API: "https://integrasjon-ver2.difi.no"},
		maskinporten.Test: {Issuer: "https://test.maskinporten.no/", Token: "https://test.maskinporten.no/token", API: "https://api.test.samarbeid.digdir.no/api/v1"},
		maskinporten.Prod: {Issuer: "https://maskinporten.no/", Token: "https://maskinporten.no/token", API: "https://api.samarbeid.digdir.no/api/v1"},
	}
	got := map[maskinporten.Environment]maskinporten.Endpoints{}
	for _, environment := range maskinporten.Environments() {
		endpoints := check.Got(environment.Endpoints())(t)
		got[environment] = endpoints
		if again, err := endpoints.Endpoints(); err != nil || again != endpoints {
			t.Errorf("%s: its own addresses are refused: %v", environment, err)
		}
	}
	check.Same(t, want, got, "endpoints")
}

func TestTargetsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	good := backendEndpoints()
	with := func(change func(*maskinporten.Endpoints)) maskinporten.Endpoints {
		e := good
		change(&e)
		return e
	}
	for what, target := range map[string]maskinporten.Target{
		"nil":                     nil,
		"unknown environment":     maskinporten.Environment("staging"),
		"no environment":          maskinporten.Environment(""),
		"no issuer":               with(func(e *maskinporten.Endpoints) { e.Issuer = "" }),
		"no token endpoint":       with(func(e *maskinporten.Endpoints) { e.Token = "" }),
		"a port beyond all":       with(func(e *maskinporten.Endpoints) { e.API = "https://api.example.test:99999/api" }),
		"port nought":             with(func(e *maskinporten.Endpoints) { e.API = "https://api.example.test:0/api" }),
		"no port after its colon": with(func(e *maskinporten.Endpoints) { e.Token = "https://issuer.example.test:/token" }),
		"a segment of dots":       with(func(e *maskinporten.Endpoints) { e.API = "https://api.example.test/api/../v1" }),
		"dots at the end":         with(func(e *maskinporten.Endpoints) { e.API = "https://api.example.test/.." }),
		"escaped dots":            with(func(e *maskinporten.Endpoints) { e.API = "https://api.example.test/%2e%2E/v1" }),
		"a backslash":             with(func(e *maskinporten.Endpoints) { e.API = "https://api.example.test/a\\b" }),
		"a blank at the end":      with(func(e *maskinporten.Endpoints) { e.Issuer = "https://issuer.example.test/ " }),
		"a blank before":          with(func(e *maskinporten.Endpoints) { e.Token = " https://issuer.example.test/token" }),
		"a blank nobody sees":     with(func(e *maskinporten.Endpoints) { e.Token = "https://issuer.example.test/token\u200b" }),
		"text that runs back":     with(func(e *maskinporten.Endpoints) { e.Issuer = "https://issuer.example.test/\u202etset" }),
		"quotes":                  with(func(e *maskinporten.Endpoints) { e.Issuer = `"https://issuer.example.test/"` }),
		"host only":               with(func(e *maskinporten.Endpoints) { e.API = "api.example.test" }),
		"no host":                 with(func(e *maskinporten.Endpoints) { e.API = "https:///api" }),
		"port only":               with(func(e *maskinporten.Endpoints) { e.API = "https://:443/api" }),
		"another scheme":          with(func(e *maskinporten.Endpoints) { e.Token = "ftp://issuer.example.test/token" }),
		"query":                   with(func(e *maskinporten.Endpoints) { e.API = "https://api.example.test/?a=b" }),
		"fragment":                with(func(e *maskinporten.Endpoints) { e.API = "https://api.example.test/#a" }),
		"password":                with(func(e *maskinporten.Endpoints) { e.Portal = "https://me:hush@portal.example.test/" }),
		"password in no URL":      with(func(e *maskinporten.Endpoints) { e.Portal = "https://me:hush@portal.example.test:port/" }),
		"control characters":      with(func(e *maskinporten.Endpoints) { e.API = "https://api.example.test/\r\nX: y" }),
		"portal without a scheme": with(func(e *maskinporten.Endpoints) { e.Portal = "/portal" }),
	} {
		_, err := maskinporten.New(target, fileCredentials(t))
		if !errors.Is(err, maskinporten.ErrInvalidArgument) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: error %v", what, err)
		}
		if _, err := maskinporten.NewAuthenticator(target, fileCredentials(t)); !errors.Is(err, maskinporten.ErrInvalidArgument) {
			t.Errorf("%s: error %v of NewAuthenticator", what, err)
		}
	}
}

func FuzzOrgNo(f *testing.F) {
	for _, seed := range []string{"991825827", "0192:991825827", "", "..", "99182582x", "0192:", "0192:0192:991825827", "٩٩١٨٢٥٨٢٧"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, err := maskinporten.ParseOrgNo(text)
		if err != nil {
			if o != "" || !errors.Is(err, maskinporten.ErrInvalidArgument) || len(err.Error()) > 300 {
				t.Fatalf("%q gives %q and %v", text, o, err)
			}
			return
		}
		if len(o) != 9 || strings.Trim(string(o), "0123456789") != "" || strings.TrimPrefix(text, "0192:") != string(o) || !o.Valid() {
			t.Fatalf("%q was taken as %q", text, o)
		}
		if again, err := maskinporten.ParseOrgNo(o.ISO6523()); err != nil || again != o {
			t.Fatalf("%q doesn't come back from %s: %q, %v", o, o.ISO6523(), again, err)
		}
		encoded, err := json.Marshal(o)
		if err != nil || string(encoded) != `"`+string(o)+`"` {
			t.Fatalf("encoded as %s, error %v", encoded, err)
		}
	})
}
