// Package check holds what a test does with an answer: it ends when that is an
// error, and compares it with the one that is wanted.
package check

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// OK ends the test if there is an error.
func OK(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Got ends the test if a call answered an error, and returns what it answered
// besides:
//
//	scope := check.Got(registry.Scope(owner, name))(t)
func Got[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		OK(t, err)
		return value
	}
}

// Got2 is Got for calls that answer two values and an error.
func Got2[T, U any](first T, second U, err error) func(testing.TB) (T, U) {
	return func(t testing.TB) (T, U) {
		t.Helper()
		OK(t, err)
		return first, second
	}
}

// Err is the error that a call answered, for tests that want one.
func Err[T any](_ T, err error) error { return err }

// Each is what a list holds, element by element, in words: an empty list of none.
func Each[T any](list []T, words func(T) string) []string {
	all := []string{}
	for _, element := range list {
		all = append(all, words(element))
	}
	return all
}

// Same fails the test unless got is equal to want, and shows where they differ.
// About is what is compared, where a test compares several things.
func Same(t testing.TB, want, got any, about ...any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n%s", strings.TrimSpace(fmt.Sprint(about...)+" (-want +got):"), diff)
	}
}

// Is fails the test unless an error is the one that is wanted, or wraps it.
// About is what failed, where a test tries several things.
func Is(t testing.TB, want, err error, about ...any) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: error %v, want %v", fmt.Sprint(about...), err, want)
	}
}
