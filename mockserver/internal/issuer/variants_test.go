package issuer_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
)

// with is a row as a variant answers it.
func (r row) with(code string, status int, err, text string) row {
	if text == "" {
		text = r.text
	}
	return row{code, status, err, text}
}

func TestVariantAccessRefusal(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]func(row) row{
		"forbidden":     func(r row) row { return r },
		"invalid-scope": func(r row) row { return r.with(r.code, 400, "invalid_scope", "") },
	} {
		w := newWorld(t, having("access-refusal="+name))
		w.revoke(t, "difi:a")
		refused(t, w.ask(t, w.good(t, nil)), of(noAccess), "difi:a")
		refused(t, w.ask(t, w.good(t, object{"consumer_org": providerNo})), of(notDelegated), providerNo, "difi:a", consumerNo)
		refused(t, w.ask(t, w.good(t, object{"iss": "nobody"})), clientNotFound) // others are as ever
	}
}

func TestVariantErrorURI(t *testing.T) {
	t.Parallel()
	sent, leftOut := newWorld(t, having("error-uri=sent")), newWorld(t, having("error-uri=left-out"))
	refused(t, sent.ask(t, sent.good(t, object{"iss": "nobody"})), clientNotFound)
	got := leftOut.ask(t, leftOut.good(t, object{"iss": "nobody"}))
	if got.status != 400 || got.body["error"] != clientNotFound.err || len(got.body) != 2 || got.decision.Code != clientNotFound.code {
		t.Errorf("got %d %v", got.status, got.body)
	}
	correlated := regexp.MustCompile(`^` + regexp.QuoteMeta(clientNotFound.text) + ` \(correlation id: [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\)$`)
	if text := fmt.Sprint(got.body["error_description"]); !correlated.MatchString(text) {
		t.Errorf("the text is %q", text)
	}
}

func TestVariantTimeRefusals(t *testing.T) {
	t.Parallel()
	now := dawn.Unix()
	for name, rows := range map[string][3]row{
		"documented": {expiredGrant, issuedInFuture, malformed},
		"server": {
			expiredGrant.with("", 400, "invalid_grant", "JWT has expired."),
			issuedInFuture.with("", 400, "invalid_grant", "Issue time is in the future."),
			malformed.with("", 400, "invalid_grant", "JWT has too long lifetime."),
		},
	} {
		w := newWorld(t, having("time-refusals="+name))
		refused(t, w.ask(t, w.good(t, object{"iat": now - 60, "exp": now})), rows[0])
		refused(t, w.ask(t, w.good(t, object{"iat": now + 11, "exp": now + 60})), rows[1])
		refused(t, w.ask(t, w.good(t, object{"nbf": now + 11})), rows[1])
		refused(t, w.ask(t, w.good(t, object{"iat": now, "exp": now + 121})), rows[2])
		granted(t, w.ask(t, w.good(t, object{"iat": now, "exp": now + 120})))
	}
}

func TestVariantGrantLifetime(t *testing.T) {
	t.Parallel()
	now := dawn.Unix()
	standard, longer := newWorld(t, having("grant-lifetime=120")), newWorld(t, having("grant-lifetime=180"))
	for _, test := range []struct {
		iat, exp         int64
		standard, longer *row
	}{
		{now, now + 120, nil, nil},
		{now, now + 121, &malformed, nil},
		{now, now + 180, &malformed, nil},
		{now, now + 181, &malformed, &malformed},
		{now - 60, now, &expiredGrant, nil},
		{now - 60, now - 9, &expiredGrant, nil},
		{now - 60, now - 10, &expiredGrant, &expiredGrant},
	} {
		for w, want := range map[*world]*row{standard: test.standard, longer: test.longer} {
			got := w.ask(t, w.good(t, object{"iat": test.iat, "exp": test.exp}))
			if want != nil {
				refused(t, got, *want)
			} else {
				granted(t, got)
			}
		}
	}
	late := longer.good(t, object{"jti": "late", "iat": now - 60, "exp": now - 5})
	granted(t, longer.ask(t, late))
	refused(t, longer.ask(t, late), usedBefore) // as long as it is good
}

func TestVariantIatAge(t *testing.T) {
	t.Parallel()
	now := dawn.Unix()
	anyAge, tenSeconds := newWorld(t, having("iat-age=any")), newWorld(t, having("iat-age=10s"))
	for _, w := range []*world{anyAge, tenSeconds} {
		granted(t, w.ask(t, w.good(t, object{"iat": now - 10, "exp": now + 100})))
	}
	granted(t, anyAge.ask(t, anyAge.good(t, object{"iat": now - 11, "exp": now + 100})))
	refused(t, tenSeconds.ask(t, tenSeconds.good(t, object{"iat": now - 11, "exp": now + 100})), expiredGrant)
}

func TestVariantX5C(t *testing.T) {
	t.Parallel()
	either, chain := newWorld(t, having("x5c=leaf-or-chain")), newWorld(t, having("x5c=chain"))
	for _, w := range []*world{either, chain} {
		header := w.x5cHeader(t, pki.Order{OrgNo: consumerNo})
		granted(t, w.certified(t, certKey, header))
		all := header["x5c"].([]string)
		header["x5c"] = all[:2]
		granted(t, w.certified(t, certKey, header))
		header["x5c"] = all[:1]
		if w == either {
			granted(t, w.certified(t, certKey, header))
		} else {
			refused(t, w.certified(t, certKey, header), badCertificate)
		}
	}
}

func TestVariantResource(t *testing.T) {
	t.Parallel()
	either, array := newWorld(t, having("resource=string-or-array")), newWorld(t, having("resource=array"))
	for _, w := range []*world{either, array} {
		granted(t, w.ask(t, w.good(t, object{"resource": []string{"https://api.example/"}})))
	}
	granted(t, either.ask(t, either.good(t, object{"resource": "https://api.example/"})))
	refused(t, array.ask(t, array.good(t, object{"resource": "https://api.example/"})), malformed)
}
