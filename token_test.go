package maskinporten_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// customer is what a grant names an organisation by.
var customer = map[string]any{"authority": "iso6523-actorid-upis", "ID": "0192:991825827"}

func TestAGrantCarriesWhatWasAskedForAndNoMore(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		request maskinporten.TokenRequest
		want    map[string]any // beside what every grant carries
	}{
		"one scope": {forScope("difi:api"), map[string]any{"scope": "difi:api"}},
		"scopes, sorted and each once": {
			maskinporten.TokenRequest{Scopes: []string{"b", "a:x/y", "b"}}, map[string]any{"scope": "a:x/y b"},
		},
		"everything": {
			maskinporten.TokenRequest{Scopes: []string{"a"}, Resource: []string{"https://b", "https://a"}, ConsumerOrg: nav, PID: maskinporten.NewPersonal("01017012345")},
			map[string]any{"scope": "a", "resource": []any{"https://b", "https://a"}, "consumer_org": "889640782", "pid": "01017012345"},
		},
		"on behalf of": {
			maskinporten.TokenRequest{Scopes: []string{"a"}, OnBehalfOf: "oslo"}, map[string]any{"scope": "a", "iss_onbehalfof": "oslo"},
		},
		"system user": {
			maskinporten.TokenRequest{Scopes: []string{"a"}, AuthorizationDetails: maskinporten.SystemUser{OrgNo: digdir, ExternalRef: "ref"}},
			map[string]any{"scope": "a", "authorization_details": []any{
				map[string]any{"type": "urn:altinn:systemuser", "systemuser_org": customer, "externalRef": "ref"},
			}},
		},
		"system user without a reference, by pointer": {
			maskinporten.TokenRequest{Scopes: []string{"a"}, AuthorizationDetails: &maskinporten.SystemUser{OrgNo: digdir}},
			map[string]any{"scope": "a", "authorization_details": []any{map[string]any{"type": "urn:altinn:systemuser", "systemuser_org": customer}}},
		},
		"consent": {
			maskinporten.TokenRequest{Scopes: []string{"a"}, AuthorizationDetails: &maskinporten.Consent{ID: "c-1", From: maskinporten.NewPersonal("urn:altinn:person:identifier-no:01017012345")}},
			map[string]any{"scope": "a", "authorization_details": []any{
				map[string]any{"type": "urn:altinn:consent", "id": "c-1", "from": "urn:altinn:person:identifier-no:01017012345"},
			}},
		},
		"nil pointers": {
			maskinporten.TokenRequest{Scopes: []string{"a"}, AuthorizationDetails: (*maskinporten.Consent)(nil)}, map[string]any{"scope": "a"},
		},
	} {
		inBubble(t, what, func(t *testing.T) {
			b := &backend{}
			check.Got(b.auth(t).Token(t.Context(), test.request))(t)
			claims := b.seenGrants()[0].Claims
			if id, _ := claims["jti"].(string); len(id) < 20 {
				t.Errorf("jti %q", id)
			}
			delete(claims, "jti")
			now := float64(time.Now().Unix())
			maps.Copy(test.want, map[string]any{"aud": backendIssuer, "iss": "client-1", "iat": now, "exp": now + 60})
			check.Same(t, test.want, claims, "claims")
		})
	}
}

func TestATokenRequestThatCannotBeIsRefusedBeforeItIsSent(t *testing.T) {
	t.Parallel()
	b := &backend{}
	auth := b.auth(t)
	scope := []string{"a"}
	for what, test := range map[string]struct {
		request  maskinporten.TokenRequest
		argument string
	}{
		"nothing":                    {maskinporten.TokenRequest{}, "Scopes"},
		"empty scope":                {maskinporten.TokenRequest{Scopes: []string{"a", ""}}, "Scopes"},
		"two scopes in one":          {maskinporten.TokenRequest{Scopes: []string{"a b"}}, "Scopes"},
		"quote in a scope":           {maskinporten.TokenRequest{Scopes: []string{`a"b`}}, "Scopes"},
		"backslash in a scope":       {maskinporten.TokenRequest{Scopes: []string{`a\b`}}, "Scopes"},
		"newline in a scope":         {maskinporten.TokenRequest{Scopes: []string{"a\n"}}, "Scopes"},
		"letter beyond ASCII":        {maskinporten.TokenRequest{Scopes: []string{"å"}}, "Scopes"},
		"delete character":           {maskinporten.TokenRequest{Scopes: []string{"a\x7f"}}, "Scopes"},
		"empty resource":             {maskinporten.TokenRequest{Scopes: scope, Resource: []string{""}}, "Resource"},
		"consumer no organisation":   {maskinporten.TokenRequest{Scopes: scope, ConsumerOrg: ".."}, "ConsumerOrg"},
		"for two":                    {maskinporten.TokenRequest{Scopes: scope, ConsumerOrg: nav, OnBehalfOf: "oslo"}, "OnBehalfOf"},
		"pid too short":              {maskinporten.TokenRequest{Scopes: scope, PID: maskinporten.NewPersonal("0101701234")}, "PID"},
		"pid with letters":           {maskinporten.TokenRequest{Scopes: scope, PID: maskinporten.NewPersonal("0101701234x")}, "PID"},
		"system user of nobody":      {maskinporten.TokenRequest{Scopes: scope, AuthorizationDetails: maskinporten.SystemUser{}}, "SystemUser.OrgNo"},
		"consent without an id":      {maskinporten.TokenRequest{Scopes: scope, AuthorizationDetails: maskinporten.Consent{From: maskinporten.NewPersonal("f")}}, "Consent.ID"},
		"consent of nobody":          {maskinporten.TokenRequest{Scopes: scope, AuthorizationDetails: maskinporten.Consent{ID: "c"}}, "Consent.From"},
		"consent with nothing in it": {maskinporten.TokenRequest{Scopes: scope, AuthorizationDetails: &maskinporten.Consent{}}, "Consent.ID"},
	} {
		_, err := auth.Token(t.Context(), test.request)
		problem, ok := errors.AsType[*maskinporten.ArgumentError](err)
		if !ok || problem.Argument != test.argument || problem.Operation != "Token" || !errors.Is(err, maskinporten.ErrInvalidArgument) {
			t.Errorf("%s: error %v", what, err)
		}
		if err != nil && strings.Contains(err.Error(), "0101701") {
			t.Errorf("%s: the error repeats the identity number: %v", what, err)
		}
		if _, sourceErr := auth.TokenSource(t.Context(), test.request).Token(); !errors.Is(sourceErr, maskinporten.ErrInvalidArgument) {
			t.Errorf("%s: error %v of the source", what, sourceErr)
		}
	}
	b.mustHaveAsked(t, 0)
}

func TestARequestIsCheckedAsATokenRequestIs(t *testing.T) {
	t.Parallel()
	if err := (maskinporten.TokenRequest{Scopes: []string{"difi:api"}}).Check(); err != nil {
		t.Errorf("a good request: %v", err)
	}
	for name, request := range map[string]maskinporten.TokenRequest{
		"no scopes":             {},
		"two scopes in one":     {Scopes: []string{"difi:a difi:b"}},
		"no customer":           {Scopes: []string{"difi:a"}, ConsumerOrg: "123456789"},
		"a pointer to a detail": {Scopes: []string{"difi:a"}, AuthorizationDetails: &maskinporten.SystemUser{}},
	} {
		err := request.Check()
		check.Is(t, maskinporten.ErrInvalidArgument, err, name)
	}
}

func TestCredentialsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	for what, credentials := range map[string]maskinporten.Credentials{
		"nothing": {}, "no id": {Key: fileKey(t, "one")}, "no key": {ClientID: "client-1"},
	} {
		check.Is(t, maskinporten.ErrInvalidArgument, ignored(maskinporten.New(backendEndpoints(), credentials)), what)
		if _, err := maskinporten.NewAuthenticator(backendEndpoints(), credentials); !errors.Is(err, maskinporten.ErrInvalidArgument) {
			t.Errorf("%s: error %v of NewAuthenticator", what, err)
		}
		if err := (&backend{}).auth(t).SetCredentials(credentials); !errors.Is(err, maskinporten.ErrInvalidArgument) {
			t.Errorf("%s: error %v of SetCredentials", what, err)
		}
	}
}

func TestTokensAreKeptByEverythingThatDistinguishesThem(t *testing.T) {
	t.Parallel()
	scope := []string{"a"}
	requests := []maskinporten.TokenRequest{
		{Scopes: scope},
		{Scopes: []string{"a", "b"}},
		{Scopes: []string{"b"}},
		{Scopes: scope, Resource: []string{"https://one"}},
		{Scopes: scope, Resource: []string{"https://one", "https://two"}},
		{Scopes: scope, Resource: []string{"https://two", "https://one"}}, // the order shows in aud
		{Scopes: scope, ConsumerOrg: nav},
		{Scopes: scope, ConsumerOrg: digdir},
		{Scopes: scope, PID: maskinporten.NewPersonal("01017012345")},
		{Scopes: scope, PID: maskinporten.NewPersonal("01017012346")},
		{Scopes: scope, OnBehalfOf: "oslo"},
		{Scopes: scope, OnBehalfOf: "01017012345"},
		{Scopes: scope, AuthorizationDetails: maskinporten.SystemUser{OrgNo: nav}},
		{Scopes: scope, AuthorizationDetails: maskinporten.SystemUser{OrgNo: nav, ExternalRef: "r"}},
		{Scopes: scope, AuthorizationDetails: maskinporten.Consent{ID: "c", From: maskinporten.NewPersonal("f")}},
		{Scopes: scope, AuthorizationDetails: maskinporten.Consent{ID: "f", From: maskinporten.NewPersonal("c")}},
	}
	b := &backend{}
	auth := b.auth(t)
	seen := map[string]int{}
	for round := range 2 {
		for i, request := range requests {
			token := check.Got(auth.Token(t.Context(), request))(t)
			if first, ok := seen[token.AccessToken]; ok && first != i {
				t.Errorf("request %d is served the token of request %d", i, first)
			}
			if _, ok := seen[token.AccessToken]; round > 0 && !ok {
				t.Errorf("request %d got a new token", i)
			}
			seen[token.AccessToken] = i
		}
	}
	b.mustHaveAsked(t, len(requests))
}

func TestTheOrderOfScopesMakesNoOtherToken(t *testing.T) {
	t.Parallel()
	b := &backend{}
	auth := b.auth(t)
	one, err1 := auth.Token(t.Context(), maskinporten.TokenRequest{Scopes: []string{"a", "b", "a"}})
	two, err2 := auth.Token(t.Context(), maskinporten.TokenRequest{Scopes: []string{"b", "a"}})
	if err := errors.Join(err1, err2); err != nil || one.AccessToken != two.AccessToken || len(b.seenGrants()) != 1 {
		t.Errorf("%v and %v, error %v", one, two, err)
	}
}

func TestATokenSourceKeepsItsRequestAsItWas(t *testing.T) {
	t.Parallel()
	b := &backend{}
	detail := &maskinporten.SystemUser{OrgNo: nav}
	request := maskinporten.TokenRequest{Scopes: []string{"a"}, Resource: []string{"https://one"}, AuthorizationDetails: detail}
	source := b.auth(t).TokenSource(t.Context(), request)
	request.Scopes[0], request.Resource[0], detail.OrgNo = "other", "https://other", digdir
	check.Got(source.Token())(t)
	claims, err := json.Marshal(b.seenGrants()[0].Claims)
	if err != nil || strings.Contains(string(claims), "other") || strings.Contains(string(claims), string(digdir)) {
		t.Errorf("claims %s, error %v", claims, err)
	}
}

func TestATokenTellsItsScopeAndItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &backend{token: func(int, grantSeen) reply { return tokenReply("t", 120).taking(5 * time.Second) }}
		asked := time.Now()
		token := check.Got(b.auth(t).Token(t.Context(), forScope("x")))(t)
		if token.TokenType != "Bearer" || token.Extra("scope") != "x" || token.ExpiresIn != 120 {
			t.Errorf("token %+v", token)
		}
		if !token.Expiry.Equal(asked.Add(120 * time.Second)) {
			t.Errorf("it lives until %v after the question, want 120 s: the answer took its time", token.Expiry.Sub(asked))
		}
	})
}

func TestManyKindsOfTokensDoNotFillTheMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &backend{}
		auth := b.auth(t)
		ask := func(pid int) {
			check.Got(auth.Token(t.Context(), maskinporten.TokenRequest{Scopes: []string{"x"}, PID: maskinporten.NewPersonal(fmt.Sprintf("%011d", pid))}))(t)
		}
		for pid := range 1000 {
			ask(pid)
		}
		ask(1) // they all live: none was dropped
		b.mustHaveAsked(t, 1000)
		time.Sleep(3 * time.Minute)
		ask(2000) // the dead ones go
		ask(2000)
		ask(1)
		b.mustHaveAsked(t, 1002)
	})
}

func TestATokenThatIsAskedForStaysWhenOthersAreDropped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const slow = "99999999999"
		b := &backend{token: func(_ int, g grantSeen) reply {
			answer := tokenReply("a-token", 120)
			if g.Claims["pid"] == slow {
				answer.after = 10 * time.Second
			}
			return answer
		}}
		auth := b.auth(t)
		ask := func(pid string) {
			if _, err := auth.Token(t.Context(), maskinporten.TokenRequest{Scopes: []string{"x"}, PID: maskinporten.NewPersonal(pid)}); err != nil {
				t.Error(err)
			}
		}
		for pid := range 999 {
			ask(fmt.Sprintf("%011d", pid))
		}
		time.Sleep(3 * time.Minute)
		var waiting sync.WaitGroup
		waiting.Go(func() { ask(slow) })
		synctest.Wait()
		ask("00000002000") // the dead ones go
		waiting.Go(func() { ask(slow) })
		waiting.Wait()
		b.mustHaveAsked(t, 1001)
	})
}

func TestACallWhoseContextHasEndedGetsNoNewToken(t *testing.T) {
	t.Parallel()
	b := &backend{}
	auth := b.auth(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := auth.Token(ctx, forScope("x")); !errors.Is(err, context.Canceled) || len(b.seenGrants()) != 0 {
		t.Errorf("error %v after %d grants", err, len(b.seenGrants()))
	}
	mustToken(t.Context(), t, auth)
	if got := mustToken(ctx, t, auth); got != "token-1" { // a fresh one is at hand
		t.Errorf("token %q", got)
	}
}
