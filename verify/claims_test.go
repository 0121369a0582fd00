package verify_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/verify"
)

func TestClaimsHelpersTellWhoCallsForWhom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.verifier()
	own := check.Got(verifyToken(v, w.token(map[string]any{"extra": map[string]any{"n": 7}})))(t)
	if own.Delegated() || own.Caller() != own.Consumer {
		t.Errorf("the consumer calls itself: delegated %t, caller %v", own.Delegated(), own.Caller())
	}
	if _, ok := own.SystemUser(); ok {
		t.Error("no system user: there is one")
	}
	var extra struct{ N int }
	if ok, err := own.Claim("extra", &extra); !ok || err != nil || extra.N != 7 {
		t.Errorf("Claim(extra) = %t, %v, %v", ok, err, extra)
	}
	if ok, err := own.Claim("none", &extra); ok || err != nil {
		t.Errorf("Claim(none) = %t, %v", ok, err)
	}
	forOther := check.Got(verifyToken(v, w.token(map[string]any{"supplier": party(vendor), "authorization_details": []any{systemUser("x", 1)}})))(t)
	if user, ok := forOther.SystemUser(); !forOther.Delegated() || forOther.Caller().OrgNo != vendor || !ok || user.Organization.OrgNo != nav {
		t.Errorf("for another: delegated %t, caller %v, system user %v %t", forOther.Delegated(), forOther.Caller(), user, ok)
	}
}

func TestClaimsShowNoPersonHoweverTheyArePrinted(t *testing.T) {
	t.Parallel()
	const person = "01017000000"
	rights := right("consent", "income")
	rights["metadata"] = map[string]any{"of": person}
	w := newWorld(t)
	claims := check.Got(verifyToken(w.verifier(), w.token(map[string]any{
		"pid": person, "supplier": party(vendor), "persons": []string{person},
		"authorization_details": []any{consent(map[string]any{"from": "urn:altinn:person:identifier-no:" + person, "handledFor": person, "consentRights": []any{rights}})},
	})))(t)
	type holder struct {
		claims  verify.Claims
		pointer *verify.Claims
		detail  verify.AuthorizationDetail
		consent verify.Consent
		pid     maskinporten.Personal
	}
	got, _ := claims.Consent()
	hidden := holder{*claims, claims, claims.AuthorizationDetails[0], got, claims.PID}
	if hidden.pid.Reveal() != person || hidden.pointer.PID.IsZero() {
		t.Fatal("the person isn't there")
	}
	values := map[string]any{
		"pointer": claims, "value": hidden.claims, "in unexported fields": hidden, "consent": hidden.consent, "detail": hidden.detail,
		"details": claims.AuthorizationDetails, "person": hidden.pid, "refusal": &verify.Error{Reason: verify.ReasonScope, Claims: claims}, "event": verify.Event{Claims: claims},
	}
	for name, value := range values {
		var log strings.Builder
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "claims", value)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "claims", value)
		asJSON, err := json.Marshal(value)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		texts := []string{log.String(), string(asJSON)}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c", "%U", "%b", "%p", "%t"} {
			texts = append(texts, fmt.Sprintf(verb, value))
		}
		for _, text := range texts {
			for _, form := range []string{person, hex.EncodeToString([]byte(person)), strings.Trim(fmt.Sprintf("%d", []byte(person)), "[]"), base64.StdEncoding.EncodeToString([]byte(person))} {
				if strings.Contains(text, form) {
					t.Errorf("%s names the person: %s", name, text)
				}
			}
		}
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "claims", claims)
	if text := log.String(); !strings.Contains(text, nav) || !strings.Contains(text, vendor) || !strings.Contains(text, "jti-1") {
		t.Errorf("it doesn't say who, for whom and which token: %s", text)
	}
}

func TestNoSealIsPrintedLikeANorwegianNumber(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]verify.Organization{
		nav:                         organization(nav),
		"etsi-en-319-412:" + digdir: {Authority: verify.AuthorityETSI, ID: digdir},
		"":                          {},
	} {
		if got := o.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestScopesAreASetOfWholeNames(t *testing.T) {
	t.Parallel()
	s := verify.Scopes{"a:b", "a:c"}
	for name, wrong := range map[string]bool{
		"Has":            !s.Has("a:b") || s.Has("a:") || s.Has("a:b a:c") || s.Has(""),
		"HasAny":         !s.HasAny("x", "a:c") || s.HasAny("x") || s.HasAny(),
		"HasAll":         !s.HasAll("a:c", "a:b") || s.HasAll("a:b", "x") || s.HasAll(),
		"String":         s.String() != "a:b a:c",
		"nothing in nil": verify.Scopes(nil).Has("") || verify.Scopes(nil).HasAll(),
	} {
		if wrong {
			t.Errorf("%s is wrong", name)
		}
	}
}

func TestReasonsAreExplainedAndFitAStatus(t *testing.T) {
	t.Parallel()
	texts := map[string]verify.Reason{}
	for _, reason := range verify.Reasons() {
		text := reason.Error()
		if other, taken := texts[text]; taken {
			t.Errorf("%q and %q are explained alike", reason, other)
		}
		texts[text] = reason
		if !slices.Contains([]int{400, 401, 403, 500, 503}, reason.Status()) {
			t.Errorf("%q has the status %d", reason, reason.Status())
		}
	}
	if unknown := verify.Reason("x"); unknown.Status() != http.StatusUnauthorized || unknown.Error() == "" {
		t.Error("an unknown reason is no refusal")
	}
}
