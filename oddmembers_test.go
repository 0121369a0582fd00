package maskinporten_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// logged is a client whose log can be read, and whose API answers so.
func logged(t *testing.T, body string) (*maskinporten.Client, *logBuffer) {
	t.Helper()
	log := &logBuffer{}
	b := &backend{api: func(int, *http.Request) reply { return reply{body: body} }}
	return b.client(t, logTo(log)), log
}

func TestOneOddMemberDoesNotCostAList(t *testing.T) {
	t.Parallel()
	client, log := logged(t, `[{"name":"difi:a","at_max_age":120},{"name":"difi:b","at_max_age":"2 minutes","description#en":"b"},
		{"name":"difi:c","visibility":{"who":"all"}},{"name":"difi:d","at_max_age":"2 hours"}]`)
	scopes := check.Got(maskinporten.Collect(client.Scopes.All(t.Context(), maskinporten.ScopeFilter{})))(t)
	type seen struct {
		Name, Odd string
		MaxAge    int
	}
	var got []seen
	for _, scope := range scopes {
		got = append(got, seen{scope.Name, string(scope.Extra["at_max_age"]) + string(scope.Extra["visibility"]), scope.AtMaxAge})
	}
	want := []seen{{"difi:a", "", 120}, {"difi:b", `"2 minutes"`, 0}, {"difi:c", `{"who":"all"}`, 0}, {"difi:d", `"2 hours"`, 0}}
	check.Same(t, want, got, "scopes")
	if scopes[1].Translation(maskinporten.FieldDescription, "en") != "b" {
		t.Errorf("the translation is lost: %+v", scopes[1])
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 2 || strings.Count(log.String(), "member=at_max_age") != 1 {
		t.Errorf("%d warnings, want one for each of two members:\n%s", n, log.String())
	}
}

func TestAnElementThatDoesNotSayWhatItIsIsAnErrorAndTheListGoesOn(t *testing.T) {
	t.Parallel()
	client, _ := logged(t, `[{"scope":"difi:a","state":"APPROVED"},{"scope":["difi:b"],"state":"APPROVED"},7,null,{"scope":"difi:c","state":true},{"scope":"difi:d","State":"APPROVED"},{"scope":"difi:e"}]`)
	var names []string
	var failures []string
	for access, err := range client.Access.Given(t.Context(), maskinporten.AccessFilter{}) {
		if err != nil {
			check.Is(t, maskinporten.ErrBadAnswer, err)
			_, after, _ := strings.Cut(err.Error(), "JSON: ")
			failures = append(failures, after)
			continue
		}
		names = append(names, access.Scope)
	}
	check.Same(t, []string{"difi:a", "difi:e"}, names, "accesses")
	for i, want := range []string{"element 2: scope: ", "element 3: an object", "element 4: an object", "element 5: state: ", `element 6: the member "State" differs from state`} {
		if i >= len(failures) || !strings.HasPrefix(failures[i], want) {
			t.Errorf("failures %q, want %q", failures, want)
		}
	}
	check.Is(t, maskinporten.ErrBadAnswer, ignored(client.Access.Plan(t.Context(), "difi:a", nil)), "a plan was made on half a list")
}

func TestOneOddKeyDoesNotCostTheOthers(t *testing.T) {
	t.Parallel()
	client, log := logged(t, `{"keys":[{"kid":"one","exp":"soon","kty":"RSA"},{"kid":2},{"kid":"three","kty":"RSA"}]}`)
	keys, err := maskinporten.Collect(client.Clients.Keys(t.Context(), "app"))
	if len(keys) != 2 || keys[0].KeyID != "one" || string(keys[0].Extra["exp"]) != `"soon"` || keys[1].KeyID != "three" {
		t.Errorf("keys %+v", keys)
	}
	if !errors.Is(err, maskinporten.ErrBadAnswer) || !strings.Contains(err.Error(), "Clients.Keys: answer not understood: key 2: kid: ") {
		t.Errorf("error %v", err)
	}
	if !strings.Contains(log.String(), "exp") {
		t.Errorf("nothing was told of it: %s", log.String())
	}
}

func TestAnOddMemberOfOneObjectIsToldOnceAndGoesBackAsItWas(t *testing.T) {
	t.Parallel()
	const document = `{"client_id":"app","client_name":"n","access_token_lifetime":"2m","onbehalfof":[{"onbehalfof":"o","uri":7}],"active":true}`
	client, log := logged(t, document)
	for range 3 {
		app, err := client.Clients.Get(t.Context(), "app")
		if err != nil || app.AccessTokenLifetime != 0 || string(app.Extra["access_token_lifetime"]) != `"2m"` || app.OnBehalfOf[0].OnBehalfOf != "o" {
			t.Fatalf("%+v, error %v", app, err)
		}
	}
	for _, member := range []string{"member=access_token_lifetime", "member=onbehalfof.uri"} {
		if strings.Count(log.String(), member) != 1 {
			t.Errorf("%s is not told once:\n%s", member, log.String())
		}
	}
	wire, sent := newWire(t, stored(document))
	check.Got(wire.Clients.Update(t.Context(), "app", func(app *maskinporten.ClientRegistration) error { app.Name = "m"; return nil }))(t)
	put := sent.requests()[1]
	sameJSON(t, strings.Replace(document, `"n"`, `"m"`, 1), put.Body)
}

func TestTheContextEndsAListThatIsThereAlready(t *testing.T) {
	t.Parallel()
	between := &repeating{first: `[{"name":"difi:a"}`, again: strings.Repeat(`,{"name":"difi:a"}`, 1000), n: -1}
	ctx, cancel := context.WithCancel(t.Context())
	var last error
	got := 0
	for _, err := range streaming(t, between).Scopes.All(ctx, maskinporten.ScopeFilter{}) {
		if got++; got == 3 {
			cancel()
		}
		last = err
	}
	if got != 4 || !errors.Is(last, context.Canceled) || errors.Is(last, maskinporten.ErrUnavailable) {
		t.Errorf("%d elements, error %v", got, last)
	}

	ctx, cancel = context.WithCancel(t.Context())
	within := &endsContext{repeating{first: `[{"description":"`, again: strings.Repeat("x", 1<<10), n: -1}, cancel}
	_, err := maskinporten.Collect(streaming(t, within).Scopes.All(ctx, maskinporten.ScopeFilter{}))
	if !errors.Is(err, context.Canceled) || within.read > 2<<20 {
		t.Errorf("error %v after %d bytes", err, within.read)
	}
}

// endsContext is a body that is there already, as one that inflates from a few
// bytes, and whose caller gives up while it is read.
type endsContext struct {
	repeating

	cancel func()
}

func (e *endsContext) Read(p []byte) (int, error) {
	n, err := e.repeating.Read(p)
	if e.read > 1<<20 {
		e.cancel()
	}
	return n, err
}

var _ io.ReadCloser = (*endsContext)(nil)
