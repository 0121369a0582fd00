package desired_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/desired"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// stateOf has a scope with some consumers, and some clients and scopes more.
func stateOf(access, scopes, clients int) *desired.State {
	s := &desired.State{Owns: desired.Owns{Prefixes: []string{"skatt"}, Clients: []string{"client *"}}}
	first := desired.Scope{ScopeCreate: maskinporten.ScopeCreate{Prefix: "skatt", Subscope: "first", Description: "d"}, Access: orgNos(access)}
	s.Scopes = append(s.Scopes, first)
	for n := range scopes {
		s.Scopes = append(s.Scopes, desired.Scope{ScopeCreate: maskinporten.ScopeCreate{Prefix: "skatt", Subscope: fmt.Sprint("s", n), Description: "d"}, Access: []maskinporten.OrgNo{}})
	}
	for n := range clients {
		s.Clients = append(s.Clients, desired.Client{ClientCreate: maskinporten.ClientCreate{Name: fmt.Sprint("client ", n)}})
	}
	return s
}

// orgNos makes different valid organisation numbers.
func orgNos(n int) []maskinporten.OrgNo {
	all := []maskinporten.OrgNo{}
	for body := 80_000_000; len(all) < n; body++ {
		for digit := range 10 {
			if o := maskinporten.OrgNo(fmt.Sprintf("%08d%d", body, digit)); o.Valid() {
				all = append(all, o)
			}
		}
	}
	return all
}

func TestTakingMuchOrAllAwayMustBeAllowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check.Got(w.plan(stateOf(20, 9, 20)).Apply(t.Context(), desired.ApplyOptions{}))(t)
	for _, c := range []struct {
		state   *desired.State
		options desired.ApplyOptions
		want    string
	}{
		{stateOf(14, 9, 20), desired.ApplyOptions{}, ""},
		{stateOf(13, 9, 20), desired.ApplyOptions{}, "7 of 20 accesses, more than 30 %"},
		{stateOf(13, 9, 20), desired.ApplyOptions{MaxRemovedPercent: 35}, ""},
		{stateOf(20, 9, 14), desired.ApplyOptions{}, ""},
		{stateOf(20, 9, 13), desired.ApplyOptions{AllowEmpty: true}, "7 of 20 clients, more than 30 %"},
		{stateOf(20, 6, 20), desired.ApplyOptions{}, ""},
		{stateOf(20, 5, 20), desired.ApplyOptions{}, "4 of 10 scopes, more than 30 %"},
		{stateOf(0, 9, 20), desired.ApplyOptions{MaxRemovedPercent: 100}, "all that is owned (20 of 20 accesses)"},
		{stateOf(20, 9, 0), desired.ApplyOptions{MaxRemovedPercent: 100}, "all that is owned (20 of 20 clients)"},
		{stateOf(20, 9, 0), desired.ApplyOptions{AllowEmpty: true}, ""},
	} {
		changes := w.plan(c.state)
		before := len(w.mutations())
		if c.want == "" {
			// Let through, and not made: the next cases need the world as it is.
			ended, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := changes.Apply(ended, c.options); !errors.Is(err, context.Canceled) && len(changes.Changes) > 0 {
				t.Errorf("refused: %v", err)
			}
			continue
		}
		result, err := changes.Apply(t.Context(), c.options)
		if result != nil || !errors.Is(err, maskinporten.ErrInvalidArgument) || !strings.Contains(err.Error(), c.want) || len(w.mutations()) != before {
			t.Errorf("want %q, got %v", c.want, err)
		}
		if !strings.Contains(changes.String(), "note: desired.Apply: changes: takes away") {
			t.Errorf("the plan doesn't say so:\n%s", changes)
		}
	}
}

func TestTakingOneOfAFewNeedsNoOption(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(weather)
	check.Got(w.plan(parse(t, strings.ReplaceAll(weather, `, "974760673"`, ""))).Apply(t.Context(), desired.ApplyOptions{}))(t)
	_, err := w.plan(parse(t, strings.ReplaceAll(weather, `"889640782", "974760673"`, ""))).Apply(t.Context(), desired.ApplyOptions{})
	if !errors.Is(err, maskinporten.ErrInvalidArgument) || !strings.Contains(err.Error(), "AllowEmpty") {
		t.Errorf("the last access went: %v", err)
	}
}

func TestAPlanAsJSONHasItsChangesAndWhyTheyWouldBeRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text, err := json.Marshal(w.plan(parse(t, `{}`)))
	if err != nil || string(text) != `{"changes":[],"kept":0}` {
		t.Errorf("%s, %v", text, err)
	}
	w.apply(weather)
	text = check.Got(json.Marshal(w.plan(parse(t, strings.ReplaceAll(strings.ReplaceAll(weather, "Reads it", "New"), `"889640782", "974760673"`, "")))))(t)
	id := w.named("weather-reader")[0].ClientID
	want := `{"changes":[{"action":"change","kind":"client","name":"weather-reader","client_id":"` + id + `","fields":[{"field":"description","old":"Reads it","new":"New"}]},` +
		`{"action":"revoke","kind":"access","name":"skatt:weather.read","consumer_orgno":"889640782","consumer_name":"Arbeids- og velferdsetaten"},` +
		`{"action":"revoke","kind":"access","name":"skatt:weather.read","consumer_orgno":"974760673"}],"kept":1,` +
		`"refused":"desired.Apply: changes: takes away all that is owned (2 of 2 accesses): give AllowEmpty if that is meant"}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}
