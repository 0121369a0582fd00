package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func TestTokenSaysWhatTheRealOneSays(t *testing.T) {
	t.Parallel()
	p := serve(t)
	admin := p.credential("provider")
	answer := p.ask(admin, nil)
	body := answer.ok()
	if cc := answer.Header.Get("Cache-Control"); cc != "no-store" || !strings.HasPrefix(answer.Header.Get("Content-Type"), "application/json") {
		t.Errorf("headers: %v", answer.Header)
	}
	token := body["access_token"]
	delete(body, "access_token")
	check.Same(t, object{"token_type": "Bearer", "expires_in": 120.0, "scope": strings.Join(admin.Scopes, " ")}, body)
	header, claims := part(t, token, 0), part(t, token, 1)
	iat, _ := claims["iat"].(float64)
	if len(header) != 2 || header["alg"] != "RS256" || header["kid"] == nil {
		t.Errorf("header: %v", header)
	}
	want := object{
		"iss": p.origin + "/", "client_id": admin.ClientID, "client_amr": "private_key_jwt", "token_type": "Bearer", "scope": strings.Join(admin.Scopes, " "),
		"consumer": object{"authority": "iso6523-actorid-upis", "ID": "0192:" + digdir}, "iat": iat, "exp": iat + 120, "jti": claims["jti"],
	}
	if diff := cmp.Diff(want, claims); diff != "" || claims["jti"] == nil {
		t.Error(diff)
	}
}
