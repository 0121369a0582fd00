package main

import (
	"strings"
	"testing"
)

func TestStoryIsToldToItsEnd(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), &out, func(string) string { return "" }); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"signed in with a JWT grant", `prefix "difi" is ours`, "created scope difi:quickstart/api.read",
		"gave access to 889640782", "the consumer gets a token", "took the access back: DENIED", "MP-250", "(active: false)",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}

func TestLiveRunNeedsCredentials(t *testing.T) {
	t.Parallel()
	for name, env := range map[string]map[string]string{
		"no key":              {"MASKINPORTEN_ENV": "test", "MASKINPORTEN_CLIENT_ID": "x"},
		"a JWK that is none":  {"MASKINPORTEN_ENV": "test", "MASKINPORTEN_CLIENT_ID": "x", "MASKINPORTEN_JWK": "{}"},
		"unknown environment": {"MASKINPORTEN_ENV": "mars", "MASKINPORTEN_CLIENT_ID": "x", "MASKINPORTEN_JWK": "{}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := run(t.Context(), &strings.Builder{}, func(name string) string { return env[name] }); err == nil {
				t.Error("no error")
			}
		})
	}
}
