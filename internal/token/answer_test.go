package token_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/token"
)

func TestOnlyAnAnswerWithATokenThatCanBeSentIsOne(t *testing.T) {
	t.Parallel()
	const most = 1 << 20
	sized := func(size int) answer {
		head := `{"access_token":"t","expires_in":60,"x":"`
		return answer{body: head + strings.Repeat("x", size-len(head)-2) + `"}`}
	}
	body := func(members string) answer { return answer{body: `{"access_token":"t",` + members + `}`} }
	value := func(text string) answer { return answer{body: `{"access_token":"` + text + `","expires_in":60}`} }
	for what, row := range map[string]struct {
		answer answer
		says   string // "": it is one
	}{
		"as large as may be":      {sized(most), ""},
		"larger":                  {sized(most + 1), "larger than 1048576 bytes"},
		"one that breaks off":     {answer{body: `{"acc`, cut: io.ErrUnexpectedEOF}, "the answer broke off: unexpected EOF"},
		"no JSON":                 {answer{body: "<html>"}, "no JSON object"},
		"no end":                  {answer{body: `{"access_token":"t"`}, "no JSON object"},
		"without bottom":          {answer{body: strings.Repeat(`{"a":`, 20_000)}, "no JSON object"},
		"a list of it":            {answer{body: "[]"}, "no JSON object"},
		"a text alone":            {answer{body: `"token"`}, "no JSON object"},
		"null":                    {answer{body: "null"}, "no access_token that could be sent"},
		"of another type of text": {answer{body: `{"access_token":"t"}`, header: map[string]string{"Content-Type": "text/plain"}}, ""},
		"with a byte order mark":  {answer{body: "\uFEFF" + `{"access_token":"t"}`}, ""},
		"with more":               {body(`"refresh_token":null,"new":{"a":[1]}`), ""},
		"with an empty error":     {body(`"error":""`), ""},
		"with an odd error":       {body(`"error":null,"error_uri":7`), ""},
		"a status of 299":         {answer{status: 299, body: `{"access_token":"t"}`}, ""},
		"a status of 300":         {answer{status: 300, body: `{"access_token":"t"}`}, "a redirect"},
		"a status of 399":         {answer{status: 399, body: `{"access_token":"t"}`}, "a redirect"},
		"a status of 400":         {answer{status: 400, body: `{"access_token":"t"}`}, "instead of an OAuth2 error"},
		"a refusal with 200":      {answer{body: `{"error":"invalid_scope","access_token":"t"}`}, "invalid_scope"},
		"no token":                {answer{body: `{"expires_in":60}`}, "no access_token that could be sent"},
		"a token with a blank":    {value("a b"), "no access_token that could be sent"},
		"with a control":          {value(`a\u001fb`), "no access_token that could be sent"},
		"of the first and last":   {value("!~"), ""},
		"with a delete character": {value(`a\u007f`), "no access_token that could be sent"},
		"beyond ASCII":            {value("å"), "no access_token that could be sent"},
		"of two lines":            {value(`a\nb`), "no access_token that could be sent"},
		"of a number":             {answer{body: `{"access_token":7}`}, "access_token is a number"},
		"of an object":            {answer{body: `{"access_token":{}}`}, "access_token is an object"},
		"of a list":               {answer{body: `{"access_token":[]}`}, "access_token is a list"},
		"of a truth":              {answer{body: `{"access_token":true}`}, "access_token is true"},
		"a type of a list":        {body(`"token_type":["Bearer"]`), "token_type is a list"},
		"a type of an object":     {body(`"token_type":{}`), "token_type is an object"},
		"a type of null":          {body(`"token_type":null`), ""},
		"a type in small letters": {body(`"token_type":"bearer"`), ""},
		"another type":            {body(`"token_type":"mac"`), `token_type is "mac"`},
		"a life of an object":     {body(`"expires_in":{}`), "expires_in is an object"},
		"a life of a list":        {body(`"expires_in":[]`), "expires_in is a list"},
		"a life of a truth":       {body(`"expires_in":true`), `expires_in is "true"`},
		"a life of a word":        {body(`"expires_in":"x"`), `expires_in is "x"`},
		"less than a second":      {body(`"expires_in":0.9`), `expires_in is "0.9"`},
		"no life":                 {body(`"expires_in":0`), `expires_in is "0"`},
		"less than no life":       {body(`"expires_in":-5`), `expires_in is "-5"`},
		"a life of no number":     {body(`"expires_in":"NaN"`), `expires_in is "NaN"`},
		"for ever":                {body(`"expires_in":1e99`), `expires_in is "1e99"`},
		"for more than ever":      {body(`"expires_in":1e999`), `expires_in is "1e999"`},
		"more than a day":         {body(`"expires_in":86401`), `expires_in is "86401"`},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			e := &endpoint{answers: func(int) answer { return row.answer }}
			got, err := e.start(t, func(c *token.Config) { c.Attempts = 1 }).Token(t.Context(), forX)
			switch {
			case row.says == "" && (err != nil || got.AccessToken == ""):
				t.Errorf("error %v", err)
			case row.says != "" && (err == nil || !strings.Contains(err.Error(), row.says)):
				t.Errorf("error %v; it should say %q", err, row.says)
			case err != nil && failureOf(t, err).ClientID != "app":
				t.Errorf("failure %+v", err)
			}
		})
	}
}

func TestATokenLivesAsLongAsItSays(t *testing.T) {
	t.Parallel()
	for member, life := range map[string]int64{
		`"expires_in":1`: 1, `"expires_in":86400`: 86400, `"expires_in":119.7`: 119, `"expires_in":"120"`: 120, `"expires_in":" 90 "`: 90,
		`"expires_in":""`: 60, `"expires_in":null`: 60, `"x":1`: 60,
	} {
		synctest.Test(t, func(t *testing.T) {
			e := &endpoint{answers: func(int) answer { return answer{body: `{"access_token":"t",` + member + `}`, after: time.Second} }}
			began := time.Now()
			got := mustToken(t, e.start(t), forX)
			if end := began.Add(time.Duration(life) * time.Second); got.ExpiresIn != life || !got.Expiry.Equal(end) {
				t.Errorf("%s: %d s, until %v, want %v", member, got.ExpiresIn, got.Expiry, end)
			}
		})
	}
}

func TestATokenTellsItsScopes(t *testing.T) {
	t.Parallel()
	for member, want := range map[string]string{
		`"scope":"a b"`: "a b", `"scope":["a","b"]`: "a b", `"scope":{}`: "", `"scope":null`: "", `"x":1`: "",
	} {
		e := &endpoint{answers: func(int) answer { return answer{body: `{"access_token":"t",` + member + `}`} }}
		if got := mustToken(t, e.start(t), forX); got.Extra("scope") != want {
			t.Errorf("%s: %q", member, got.Extra("scope"))
		}
	}
}

func TestARefusalSaysAllThatItIsKnownBy(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]token.Failure{
		`{"error":"invalid_grant","error_description":"MP-130: JWT is expired (trace id: abc-1)","error_uri":"https://e/#MP-121"}`: {Code: "invalid_grant", Description: "MP-130: JWT is expired", MP: "MP-121", TraceID: "abc-1", URI: "https://e/#MP-121"},
		`{"error":"invalid_grant","error_description":"MP-130 (correlation_id:abc)"}`:                                              {Code: "invalid_grant", Description: "MP-130", MP: "MP-130", TraceID: "abc"},
		`{"error":"invalid_grant","error_description":"no","error_uri":"https://e/"}`:                                              {Code: "invalid_grant", Description: "no", URI: "https://e/"},
		`{"status":400,"correlation_id":"c1","error_description":"odd"}`:                                                           {TraceID: "c1", Body: `{"status":400,"correlation_id":"c1","error_description":"odd"}`, ContentType: "application/json"},
	} {
		e := &endpoint{answers: func(int) answer { return answer{status: 400, body: body} }}
		_, err := e.start(t).Token(t.Context(), forX)
		got := failureOf(t, err)
		want.ClientID, want.Host, want.StatusCode, want.Attempts = "app", "issuer.example", 400, 1
		if got.Code != want.Code || got.MP != want.MP || got.TraceID != want.TraceID || got.URI != want.URI || got.Body != want.Body || got.ContentType != want.ContentType ||
			want.Code != "" && got.Description != want.Description || got.Attempts != 1 || got.Host != want.Host || got.StatusCode != 400 {
			t.Errorf("%s:\n%+v, want\n%+v", body, *got, want)
		}
	}
}

func TestARefusalIsRecognisedByItsCodeElseItsTextElseItsError(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		mp, code, text string
		want           token.Refusal
	}{
		{"MP-250", "x", "", token.AccessNotGranted},
		{"MP-250", "x", "JWT has expired", token.AccessNotGranted},
		{"", "x", "The JWT has Expired.", token.GrantExpired},
		{"MP-999", "x", "Issue time is in the future.", token.GrantFromTheFuture},
		{"MP-999", "invalid_scope", "?", token.ScopeNotRegistered},
		{"", "invalid_scope", "", token.ScopeNotRegistered},
		{"", "x", "", token.Unknown},
		{"MP-303", "invalid_authorization_details", "", token.InvalidDetail},
		{"MP-303", "invalid_altinn_customer_configuration", "", token.NoSuchDetail},
		{"MP-303", "x", "", token.InvalidDetailOrNone},
		{"MP-301", "invalid_authorization_details", "", token.UnknownDetailType},
	} {
		if got := token.Recognise(row.mp, row.code, row.text); got != row.want {
			t.Errorf("%+v: %d", row, got)
		}
	}
}

func TestWhatAFailureWrapsIsFound(t *testing.T) {
	t.Parallel()
	cause := errors.New("refused")
	e := &endpoint{answers: func(int) answer { return answer{err: cause} }}
	_, err := e.start(t, func(c *token.Config) { c.Attempts, c.Endpoint = 1, address }).Token(t.Context(), forX)
	if failure := failureOf(t, err); !errors.Is(err, cause) || failure.StatusCode != 0 || failure.Host != "issuer.example" {
		t.Errorf("failure %+v", failure)
	}
}
