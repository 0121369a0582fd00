package verify_test

import (
	"crypto"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/verify"
)

// FuzzVerify gives tokens of any text. None can be taken but the good one,
// and each refusal has a reason that is known.
func FuzzVerify(f *testing.F) {
	w := newWorld(f)
	good := w.token(nil)
	f.Add(good)
	for _, table := range [][]forgery{forms, headers, signatures, issuers} {
		for _, row := range table {
			if token := row.make(newWorld(f)); len(token) < 4096 {
				f.Add(token)
			}
		}
	}
	v := w.verifier()
	f.Fuzz(func(t *testing.T, token string) {
		_, err := verifyToken(v, token)
		if token == good {
			wantReason(t, err, "")
			return
		}
		wantKnownReason(t, err)
	})
}

// FuzzClaims gives genuine tokens with any payload. What is taken must have
// all that a handler may count on.
func FuzzClaims(f *testing.F) {
	w := newWorld(f)
	f.Add(w.text(nil) + "}")
	for _, table := range [][]forgery{payloads, times, parties, otherClaims} {
		for _, row := range table {
			if _, payload, ok := strings.Cut(row.make(newWorld(f)), "."); ok && len(payload) < 4096 {
				payload, _, _ = strings.Cut(payload, ".")
				f.Add(decoded(f, payload))
			}
		}
	}
	v := w.verifier()
	f.Fuzz(func(t *testing.T, payload string) {
		claims, err := verifyToken(v, signWith(t, w.key, crypto.SHA256, `{"alg":"RS256","kid":"k1"}`, payload))
		if err != nil {
			wantKnownReason(t, err)
			return
		}
		now := w.clock()
		switch {
		case claims.Issuer != testIssuer, !claims.Scopes.Has("difi:api3"):
			t.Errorf("issuer %q, scopes %q", claims.Issuer, claims.Scopes)
		case !claims.Expires.After(now.Add(-10 * time.Second)), claims.IssuedAt.After(now.Add(10 * time.Second)), claims.NotBefore.After(now.Add(10 * time.Second)):
			t.Errorf("issued %s, expires %s, now %s", claims.IssuedAt, claims.Expires, now)
		case !named(claims.Consumer), claims.Delegated() && !named(claims.Supplier):
			t.Errorf("consumer %+v, supplier %+v", claims.Consumer, claims.Supplier)
		case !claims.PID.IsZero() && len(claims.PID.Reveal()) != 11:
			t.Errorf("pid of length %d", len(claims.PID.Reveal()))
		}
	})
}

func named(o verify.Organization) bool {
	return o.ID != "" && (o.Authority == verify.AuthorityETSI && o.OrgNo == "" || o.OrgNo.Valid())
}

func wantKnownReason(t *testing.T, err error) {
	t.Helper()
	refusal, ok := errors.AsType[*verify.Error](err)
	if !ok || refusal.Reason.Status() != 401 && refusal.Reason != verify.ReasonScope {
		t.Errorf("err = %v, want a refusal of the token", err)
	}
}
