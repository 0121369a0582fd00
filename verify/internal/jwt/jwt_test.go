package jwt_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/internal/strictjson"
	"github.com/maskinporten-go/maskinporten/verify/internal/jwt"
)

func TestSplitTakesThreePartsOfCanonicalBase64(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{
		"YQ.Yg.Yw": nil, "..": nil, "YQ.Yg.": nil,
		"": jwt.ErrParts, "YQ": jwt.ErrParts, "YQ.Yg": jwt.ErrParts, "YQ.Yg.Yw.": jwt.ErrParts, ".....": jwt.ErrParts,
		"....": jwt.ErrEncrypted, "YR.Yg.Yw": jwt.ErrBase64, "YQ==.Yg.Yw": jwt.ErrBase64, "Y\nQ.Yg.Yw": jwt.ErrBase64, "Y.Yg.Yw": jwt.ErrBase64, "Y+.Yg.Yw": jwt.ErrBase64,
	} {
		if _, err := jwt.Split(text); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
	parts, err := jwt.Split("YQ.YmI.Y2Nj")
	want := jwt.Parts{Signed: []byte("YQ.YmI"), Header: []byte("a"), Payload: []byte("bb"), Signature: []byte("ccc")}
	if diff := cmp.Diff(want, parts); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if cap(parts.Header) != len(parts.Header) {
		t.Error("who appends to a part writes over the next")
	}
}

// FuzzSplit compares with go-jose: what is taken here is a JWS there as well,
// and the parts are the same.
func FuzzSplit(f *testing.F) {
	const header = "eyJhbGciOiJSUzI1NiJ9" // {"alg":"RS256"}
	for _, seed := range []string{header + ".e30.AA", header + ".e30.", "..", header + ".e30=.AA", header + ".e30.A\nA", header + ".e3 0.AA", "a.b.c.d.e", header + ".e31.AB"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, compact string) {
		parts, err := jwt.Split(compact)
		if err != nil {
			return
		}
		whole := b64(parts.Header) + "." + b64(parts.Payload) + "." + b64(parts.Signature)
		if whole != compact || !strings.HasPrefix(compact, string(parts.Signed)+".") {
			t.Fatalf("%q doesn't come back: %q", compact, whole)
		}
		header, err := strictjson.Parse(parts.Header, strictjson.Bounds{})
		if err != nil || string(header.Get("alg")) != `"RS256"` || len(header) > 1 {
			return
		}
		theirs, err := jose.ParseSignedCompact(compact, []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			t.Fatalf("go-jose refuses %q: %v", compact, err)
		}
		if string(theirs.UnsafePayloadWithoutVerification()) != string(parts.Payload) || string(theirs.Signatures[0].Signature) != string(parts.Signature) {
			t.Fatalf("go-jose reads %q differently", compact)
		}
	})
}

func b64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }
