package openapi

import (
	"strings"
	"testing"
	"testing/fstest"
)

// The embedded files are right; what happens with wrong ones is not to be seen
// from outside.

func TestPartsThatDoNotFitAreAnError(t *testing.T) {
	t.Parallel()
	for want, second := range map[string]string{
		"/a is described twice":        `{"paths": {"/a": {}}}`,
		"schemas.A is described twice": `{"components": {"schemas": {"A": {}}}}`,
		"b.json":                       `{`,
	} {
		parts := fstest.MapFS{
			"a.json": {Data: []byte(`{"paths": {"/a": {}}, "components": {"schemas": {"A": {}}}}`)},
			"b.json": {Data: []byte(second)},
		}
		if _, err := join(parts, []string{"a", "b"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", second, err)
		}
	}
	if _, err := join(fstest.MapFS{}, []string{"a"}); err == nil {
		t.Error("joined a file that isn't there")
	}
}

func TestOperationMustStateItsSecurity(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{`{}`, `{"security": 1}`, `[]`} {
		if scopes, err := scopesOf([]byte(operation)); err == nil {
			t.Errorf("%s: scopes %v", operation, scopes)
		}
	}
}
