package maskinporten_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

const notFound = `{"status":404,"errors":[{"errorMessage":"not found"}],"error":", not found","error_description":", not found"}`

func TestAClientWithoutKeysHasAnEmptyList(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, func(request sent) answer {
		if strings.HasSuffix(request.Path, "/jwks") {
			return answer{http.StatusNotFound, notFound}
		}
		return answer{http.StatusOK, `{"client_id":"a-1"}`}
	})
	keys, err := maskinporten.Collect(client.Clients.Keys(t.Context(), "a-1"))
	if err != nil || len(keys) != 0 {
		t.Errorf("keys %v, error %v", keys, err)
	}
	wire.mustHaveSent(t,
		sent{Method: "GET", Path: "/clients/a-1/jwks", Scope: dcrRead},
		sent{Method: "GET", Path: "/clients/a-1", Scope: dcrRead},
	)
}

func TestTheKeysOfAnUnknownClientAreNotFound(t *testing.T) {
	t.Parallel()
	client, _ := newWire(t, always(http.StatusNotFound, notFound))
	if keys, err := maskinporten.Collect(client.Clients.Keys(t.Context(), "a-1")); !errors.Is(err, maskinporten.ErrNotFound) {
		t.Errorf("keys %v, error %v", keys, err)
	}
}

// keyAt is a key of a client: whichever, under the kid.
func keyAt(t *testing.T, n int, kid string) maskinporten.JSONWebKey {
	t.Helper()
	key := mustParse(t, publicPEM(t, rsaKeys()[n].Public()))
	if kid != "" {
		key.KeyID = kid
	}
	return key
}

func encode(t *testing.T, value any) string {
	t.Helper()
	data := check.Got(json.Marshal(value))(t)
	return string(data)
}

func TestAddingAKeyWithoutKidNamesItByItsThumbprint(t *testing.T) {
	t.Parallel()
	key := keyAt(t, 0, "")
	kid := key.KeyID
	key.KeyID = ""
	key.Created, key.LastUpdated = instant(t, "2025-01-01T00:00:00Z"), instant(t, "2025-01-01T00:00:00Z")
	client, wire := newWire(t, always(http.StatusOK, ``))
	got, err := client.Clients.AddKey(t.Context(), "a-1", key)
	if err != nil || got.KeyID != kid {
		t.Fatalf("key %+v, error %v", got, err)
	}
	body := fmt.Sprintf(`{"kty":"RSA","kid":%q,"use":"sig","alg":"RS256","n":%q,"e":"AQAB"}`, kid, key.N)
	wire.mustHaveSent(t, sent{Method: "PUT", Path: "/clients/a-1/jwks/" + kid, Body: body, Scope: dcrModify})
}

func TestAKidIsNotTakenFromAnotherKey(t *testing.T) {
	t.Parallel()
	get := sent{Method: "GET", Path: "/clients/a-1/jwks/shared", Scope: dcrRead}
	put := sent{Method: "PUT", Path: "/clients/a-1/jwks/shared", Scope: dcrModify, Body: encode(t, keyAt(t, 0, "shared"))}
	for what, test := range map[string]struct {
		there answer
		want  []sent
		error error
	}{
		"nobody's":    {answer{http.StatusNotFound, notFound}, []sent{get, put}, nil},
		"the same":    {answer{http.StatusOK, encode(t, keyAt(t, 0, "shared"))}, []sent{get, put}, nil},
		"another":     {answer{http.StatusOK, encode(t, keyAt(t, 1, "shared"))}, []sent{get}, maskinporten.ErrInvalidArgument},
		"unreadable":  {answer{http.StatusOK, `{"kid":"shared","kty":"RSA"}`}, []sent{get}, maskinporten.ErrInvalidArgument},
		"not to read": {answer{http.StatusForbidden, `{}`}, []sent{get, put}, nil},
		"bad request": {answer{http.StatusBadRequest, `{}`}, []sent{get}, maskinporten.ErrRejected},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			client, wire := newWire(t, func(request sent) answer {
				if request.Method == http.MethodGet {
					return test.there
				}
				return answer{http.StatusOK, request.Body}
			})
			_, err := client.Clients.AddKey(t.Context(), "a-1", keyAt(t, 0, "shared"))
			if !errors.Is(err, test.error) {
				t.Errorf("error %v, want %v", err, test.error)
			}
			wire.mustHaveSent(t, test.want...)
		})
	}
}

func TestKeysThatComeBackWithoutUseCanBePostedAgain(t *testing.T) {
	t.Parallel()
	old := keyAt(t, 0, "old")
	stored := fmt.Sprintf(`{"kty":"RSA","kid":"old","alg":"RS256","n":%q,"e":"AQAB","created":"2024-01-01T00:00:00Z","last_updated":"2024-01-01T00:00:00Z"}`, old.N)
	client, wire := newWire(t, func(request sent) answer {
		if strings.HasSuffix(request.Path, "/jwks/old") {
			return answer{http.StatusOK, stored}
		}
		return answer{http.StatusOK, `{"keys":[` + stored + `]}`}
	})
	set := check.Got(maskinporten.Collect(client.Clients.Keys(t.Context(), "a-1")))(t)
	added := keyAt(t, 1, "new")
	check.Got(client.Clients.ReplaceKeys(t.Context(), "a-1", []maskinporten.JSONWebKey{*set[0], added}))(t)
	if _, err := client.Clients.AddKey(t.Context(), "a-1", *set[0]); err == nil {
		requests := wire.requests()
		if last := requests[len(requests)-1]; last.Method != http.MethodPut || !strings.Contains(last.Body, `"use":"sig"`) {
			t.Errorf("sent %+v", last)
		}
	} else {
		t.Error(err)
	}
	if body := wire.requests()[1].Body; strings.Count(body, `"use":"sig"`) != 2 || strings.Contains(body, "created") {
		t.Errorf("sent %s", body)
	}
	if set[0].Use != "" {
		t.Error("the caller's key was changed")
	}
}

func TestKeysThatTheServiceForbidsAreRefusedBeforeTheyAreSent(t *testing.T) {
	t.Parallel()
	short := new(big.Int).Rsh(rsaKeys()[0].N, 1) // 2047 bits
	for what, test := range map[string]struct {
		change func(*maskinporten.JSONWebKey)
		says   string
	}{
		"elliptic curve": {func(k *maskinporten.JSONWebKey) { k.KeyType = "EC" }, "kty"},
		"encryption":     {func(k *maskinporten.JSONWebKey) { k.Use = "enc" }, "use"},
		"no algorithm":   {func(k *maskinporten.JSONWebKey) { k.Algorithm = "" }, "alg"},
		"PS256":          {func(k *maskinporten.JSONWebKey) { k.Algorithm = "PS256" }, "alg"},
		"HS256":          {func(k *maskinporten.JSONWebKey) { k.Algorithm = "HS256" }, "alg"},
		"odd kid":        {func(k *maskinporten.JSONWebKey) { k.KeyID = "å+b" }, "kid"},
		"2047 bits":      {func(k *maskinporten.JSONWebKey) { k.N = base64.RawURLEncoding.EncodeToString(short.Bytes()) }, "2047 bits"},
		"no modulus":     {func(k *maskinporten.JSONWebKey) { k.N = "" }, "unreadable"},
		"odd exponent":   {func(k *maskinporten.JSONWebKey) { k.E = "-" }, "unreadable"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			key := keyAt(t, 0, "mine")
			test.change(&key)
			client, wire := newWire(t, always(http.StatusOK, `{}`))
			for _, err := range []error{
				ignored(client.Clients.AddKey(t.Context(), "a-1", key)),
				ignored(client.Clients.ReplaceKeys(t.Context(), "a-1", []maskinporten.JSONWebKey{key})),
			} {
				mustBeArgumentError(t, err)
				if err == nil || !strings.Contains(err.Error(), test.says) || strings.Count(err.Error(), "maskinporten:") != 1 {
					t.Errorf("error %v, want one that says %q", err, test.says)
				}
			}
			wire.mustHaveSentNothing(t)

			client, wire = newWire(t, always(http.StatusOK, `{}`), maskinporten.WithoutPreflight())
			if _, err := client.Clients.ReplaceKeys(t.Context(), "a-1", []maskinporten.JSONWebKey{key}); err != nil || len(wire.requests()) != 1 {
				t.Errorf("without preflight: sent %+v, error %v", wire.requests(), err)
			}
		})
	}
}

func TestPrivateMaterialIsNeverSent(t *testing.T) {
	t.Parallel()
	for _, options := range [][]maskinporten.Option{nil, {maskinporten.WithoutPreflight()}} {
		for _, member := range []string{"d", "P", "oth", "k"} {
			key := keyAt(t, 0, "")
			key.Extra = map[string]json.RawMessage{member: json.RawMessage(`"aHVzaC1odXNo"`)}
			client, wire := newWire(t, always(http.StatusOK, `{}`), options...)
			mustBeArgumentError(t, ignored(client.Clients.AddKey(t.Context(), "a-1", key)))
			mustBeArgumentError(t, ignored(client.Clients.ReplaceKeys(t.Context(), "a-1", []maskinporten.JSONWebKey{keyAt(t, 1, ""), key})))
			_, err := client.Clients.Update(t.Context(), "a-1", func(c *maskinporten.ClientRegistration) error {
				c.JWKS = &maskinporten.JSONWebKeySet{Keys: []maskinporten.JSONWebKey{key}}
				return nil
			})
			if err == nil || strings.Contains(err.Error(), "aHVz") {
				t.Errorf("%s: error %v", member, err)
			}
			wire.mustOnlyHaveRead(t)
		}
	}
}

func TestAKeySetHasOneToFiveKeysWithKidsOfTheirOwn(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, always(http.StatusOK, `{}`))
	six := make([]maskinporten.JSONWebKey, 6)
	for i := range six {
		six[i] = keyAt(t, 0, fmt.Sprintf("key-%d", i))
	}
	for _, set := range [][]maskinporten.JSONWebKey{nil, {}, six, {six[0], six[0]}, {keyAt(t, 0, ""), {KeyType: "RSA"}}} {
		mustBeArgumentError(t, ignored(client.Clients.ReplaceKeys(t.Context(), "a-1", set)))
	}
	wire.mustHaveSentNothing(t)
	check.Got(client.Clients.ReplaceKeys(t.Context(), "a-1", six[:5]))(t)

	client, wire = newWire(t, always(http.StatusOK, `{}`), maskinporten.WithoutPreflight())
	if _, err := client.Clients.ReplaceKeys(t.Context(), "a-1", six); err != nil || len(wire.requests()) != 1 {
		t.Errorf("without preflight: %v", err)
	}
	mustBeArgumentError(t, ignored(client.Clients.ReplaceKeys(t.Context(), "a-1", nil)))
}

func TestReplacingKeysLeavesTheCallersKeysAlone(t *testing.T) {
	t.Parallel()
	key := keyAt(t, 0, "")
	key.KeyID = ""
	mine := []maskinporten.JSONWebKey{key}
	client, _ := newWire(t, always(http.StatusOK, `{"keys":[{"kid":"a"}]}`))
	got, err := client.Clients.ReplaceKeys(t.Context(), "a-1", mine)
	if err != nil || len(got) != 1 || got[0].KeyID != "a" {
		t.Errorf("keys %+v, error %v", got, err)
	}
	check.Same(t, []maskinporten.JSONWebKey{key}, mine, "the caller's keys")
}

func TestRefusalsOfClientCallsComeBack(t *testing.T) {
	t.Parallel()
	client, _ := newWire(t, always(http.StatusConflict, `{"status":409,"error":", no","error_description":", no"}`))
	ctx, s := t.Context(), client.Clients
	for what, err := range map[string]error{
		"list":     ignored(maskinporten.Collect(s.All(ctx, maskinporten.ClientFilter{}))),
		"create":   ignored(s.Create(ctx, maskinporten.ClientCreate{})),
		"keys":     ignored(maskinporten.Collect(s.Keys(ctx, "a-1"))),
		"add":      ignored(s.AddKey(ctx, "a-1", keyAt(t, 0, ""))),
		"replace":  ignored(s.ReplaceKeys(ctx, "a-1", []maskinporten.JSONWebKey{keyAt(t, 0, "")})),
		"remove":   s.RemoveKey(ctx, "a-1", "k"),
		"expiring": ignored(s.ExpiringKeys(context.WithoutCancel(ctx), 0)),
	} {
		check.Is(t, maskinporten.ErrConflict, err, what)
	}
}
