// Command quickstart plays a provider's story against the mock server, in
// memory: a new scope, access for a consumer, a token, and the end of all that.
//
// With MASKINPORTEN_ENV (test or prod), MASKINPORTEN_CLIENT_ID and
// MASKINPORTEN_JWK (a private JWK, or the name of a file that holds one) it
// talks to the real service instead, and only reads. MASKINPORTEN_WRITE=yes,
// with MASKINPORTEN_CONSUMER (an organisation number), lets it write.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/maskinporten-go/maskinporten"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, os.Getenv)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, getenv func(string) string) error {
	if getenv("MASKINPORTEN_ENV") != "" {
		return live(ctx, out, getenv)
	}
	return mocked(ctx, out)
}

// story is told to whoever watches, step by step.
type story struct {
	out      io.Writer
	provider *maskinporten.Client
	consumer maskinporten.OrgNo
	step     int
}

func (s *story) say(format string, args ...any) {
	s.step++
	_, _ = fmt.Fprintf(s.out, "%2d. %s\n", s.step, fmt.Sprintf(format, args...))
}

// look reads, which is allowed anywhere.
func (s *story) look(ctx context.Context) ([]*maskinporten.Prefix, error) {
	prefixes, err := maskinporten.Collect(s.provider.Scopes.Prefixes(ctx))
	if err != nil {
		return nil, err
	}
	s.say("signed in with a JWT grant as client %s", s.provider.Authenticator().ClientID())
	for _, prefix := range prefixes {
		s.say("prefix %q is ours", prefix.Prefix)
	}
	scopes, err := maskinporten.Collect(s.provider.Scopes.All(ctx, maskinporten.ScopeFilter{}))
	if err != nil {
		return nil, err
	}
	s.say("we have %d scopes", len(scopes))
	for _, scope := range scopes {
		s.say("scope %s: %s", scope.Name, scope.Description)
	}
	return prefixes, nil
}

// open makes a scope and gives the consumer access to it.
func (s *story) open(ctx context.Context, prefix string) (*maskinporten.Scope, error) {
	scope, err := s.provider.Scopes.Create(ctx, maskinporten.ScopeCreate{
		Prefix: prefix, Subscope: "quickstart/api.read", Description: "Read the quickstart's API",
	})
	if errors.Is(err, maskinporten.ErrConflict) { // from an earlier run
		scope, err = s.provider.Scopes.Reactivate(ctx, prefix+":quickstart/api.read")
	}
	if err != nil {
		return nil, err
	}
	s.say("created scope %s (%s, active: %t)", scope.Name, scope.Visibility, scope.Active)

	access, err := s.provider.Access.Grant(ctx, scope.Name, s.consumer)
	if err != nil {
		return nil, err
	}
	s.say("gave access to %s %s: %s", access.ConsumerOrgNo, access.ConsumerOrganizationName, access.State)
	for access, err := range s.provider.Access.Given(ctx, maskinporten.AccessFilter{Scope: scope.Name}) {
		if err != nil {
			return nil, err
		}
		s.say("on the list: %s may use %s", access.ConsumerOrgNo, access.Scope)
	}
	return scope, nil
}

// revoke takes the consumer's access back.
func (s *story) revoke(ctx context.Context, scope string) error {
	access, err := s.provider.Access.Revoke(ctx, scope, s.consumer)
	if err != nil {
		return err
	}
	s.say("took the access back: %s", access.State)
	return nil
}

// retire ends the scope.
func (s *story) retire(ctx context.Context, name string) error {
	if _, err := s.provider.Scopes.Retire(ctx, name, maskinporten.ApplyOptions{}); err != nil {
		return err
	}
	scope, err := s.provider.Scopes.Get(ctx, name)
	if err != nil {
		return err
	}
	s.say("retired scope %s (active: %t)", scope.Name, scope.Active)
	return nil
}
