package maskinporten_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// hostileScopeNames must never be sent.
var hostileScopeNames = map[string]string{
	"empty":                     "",
	"no prefix":                 ":api3",
	"no subscope":               "difi:",
	"only a colon":              ":",
	"no colon":                  "difi",
	"an organisation number":    "889640782",
	"two dots":                  "..",
	"path segments of dots":     "difi:../../clients",
	"a segment of one dot":      "difi:a/./b",
	"dots after the colon":      "difi:..",
	"dots before the colon":     "..:api3",
	"a blank":                   "difi:api 3",
	"two scopes":                "difi:api3 difi:api4",
	"a blank at the end":        "difi:api3 ",
	"a line break":              "difi:api3\r\nX-Evil: 1",
	"a null byte":               "difi:api3\x00",
	"a tab":                     "difi:\tapi3",
	"delete":                    "difi:api3\x7f",
	"a quote":                   `difi:"api3"`,
	"a backslash":               `difi:api\3`,
	"letters outside ASCII":     "difi:åpen",
	"invalid UTF-8":             "difi:\xff\xfe",
	"a no-break space":          "difi:\u00a0api3",
	"right-to-left override":    "difi:\u202e3ipa",
	"too long":                  "difi:" + strings.Repeat("a", 1024),
	"far too long":              strings.Repeat("difi:", 1_000_000),
	"nothing but control bytes": "\x01\x02\x03",
}

// plainScopeNames look odd, but are left to the service to judge.
var plainScopeNames = []string{
	"difi:api3", "altinn:accessmanagement/authorizedparties.admin", "a:b:c:d", "ks:fiks/melding", "skatt:oppgave-1.2_3",
	"difi:a?scope=b", "difi:a&active=true", "difi:a#b", "difi:a%2Fb", "difi:a+b", "difi:a..b", "difi:...", "DIFI:API", "krr:global/digitalpost.read",
	"difi:" + strings.Repeat("a", 1019),
}

func TestHostileScopeNamesAreNeverSent(t *testing.T) {
	t.Parallel()
	const consumer = "889640782"
	for why, name := range hostileScopeNames {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			client, wire := newWire(t, always(200, `{}`))
			ctx := t.Context()
			_, get := client.Scopes.Get(ctx, name)
			_, update := client.Scopes.Update(ctx, name, func(*maskinporten.Scope) error { return nil })
			_, deactivate := client.Scopes.Deactivate(ctx, name)
			_, reactivate := client.Scopes.Reactivate(ctx, name)
			_, retire := client.Scopes.Retire(ctx, name, maskinporten.ApplyOptions{})
			_, grant := client.Access.Grant(ctx, name, consumer)
			_, revoke := client.Access.Revoke(ctx, name, consumer)
			_, one := client.Access.Get(ctx, name, consumer)
			_, has := client.Access.Has(ctx, name, consumer)
			_, plan := client.Access.Plan(ctx, name, []maskinporten.OrgNo{consumer})
			for _, err := range []error{get, update, deactivate, reactivate, retire, grant, revoke, one, has, plan} {
				mustBeArgumentError(t, err)
			}
			if name != "" { // empty: not filtered
				_, list := maskinporten.Collect(client.Scopes.All(ctx, maskinporten.ScopeFilter{Name: name}))
				_, given := maskinporten.Collect(client.Access.Given(ctx, maskinporten.AccessFilter{Scope: name}))
				_, received := maskinporten.Collect(client.Access.Received(ctx, maskinporten.AccessFilter{Scope: name}))
				for _, err := range []error{list, given, received} {
					mustBeArgumentError(t, err)
				}
			}
			wire.mustHaveSentNothing(t)
		})
	}
}

func TestUnusualScopeNamesAreLeftToTheService(t *testing.T) {
	t.Parallel()
	for _, name := range plainScopeNames {
		client, wire := newWire(t, always(200, `{}`))
		if _, err := client.Scopes.Deactivate(t.Context(), name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		wire.mustHaveSent(t, sent{Method: "DELETE", Path: "/scopes", Query: url.Values{"scope": {name}}.Encode(), Scope: "idporten:scopes.write"})
	}
}

func TestLongNamesAreNotRepeatedInErrors(t *testing.T) {
	t.Parallel()
	client, _ := newWire(t, always(200, `{}`))
	_, err := client.Scopes.Get(t.Context(), "difi:"+strings.Repeat("å", 500))
	if err == nil || len(err.Error()) > 1000 {
		t.Errorf("error %v", err)
	}
}

func TestHostilePrefixesAreNeverSent(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{":", "difi:", "difi:api3", "a/b", "a b", "..", "é", "\n", strings.Repeat("a", 2000)} {
		client, wire := newWire(t, always(200, `[]`))
		_, create := client.Scopes.Create(t.Context(), maskinporten.ScopeCreate{Prefix: prefix, Subscope: "api3", Description: "x"})
		mustBeArgumentError(t, create)
		if prefix != ".." { // harmless in a filter
			_, public := maskinporten.Collect(client.Scopes.Public(t.Context(), maskinporten.PublicScopeFilter{Prefix: prefix}))
			mustBeArgumentError(t, public)
			wire.mustHaveSentNothing(t)
		}
	}
}

// FuzzScopeName looks for a name that bends the request: whatever is given is
// either refused, or arrives as it is in the query and changes nothing else.
func FuzzScopeName(f *testing.F) {
	for _, name := range hostileScopeNames {
		f.Add(name[:min(len(name), 2000)])
	}
	for _, name := range plainScopeNames {
		f.Add(name)
	}
	client, wire := newWire(f, always(200, `{}`))
	f.Fuzz(func(t *testing.T, name string) {
		wire.forget()
		_, err := client.Access.Revoke(t.Context(), name, "889640782")
		if err != nil {
			check.Is(t, maskinporten.ErrInvalidArgument, err, name)
			wire.mustHaveSentNothing(t)
			return
		}
		requests := wire.requests()
		if len(requests) != 1 || requests[0].Path != "/scopes/access/889640782" {
			t.Fatalf("%q: sent %+v", name, requests)
		}
		query := check.Got(url.ParseQuery(requests[0].Query))(t)
		check.Same(t, url.Values{"scope": {name}}, query, "query")
		if strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Errorf("%q was sent", name)
		}
	})
}
