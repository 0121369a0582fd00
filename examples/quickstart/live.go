package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/maskinporten-go/maskinporten"
)

// live tells what the real service has, and writes only when told to.
func live(ctx context.Context, out io.Writer, getenv func(string) string) error {
	client, err := connect(getenv)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	s := &story{out: out, provider: client}
	prefixes, err := s.look(ctx)
	if err != nil {
		return err
	}
	if getenv("MASKINPORTEN_WRITE") != "yes" {
		s.say("read only: set MASKINPORTEN_WRITE=yes and MASKINPORTEN_CONSUMER to go on")
		return nil
	}
	if s.consumer, err = maskinporten.ParseOrgNo(getenv("MASKINPORTEN_CONSUMER")); err != nil {
		return fmt.Errorf("MASKINPORTEN_CONSUMER: %w", err)
	}
	if len(prefixes) == 0 {
		return fmt.Errorf("this organisation has no prefix: order one from Digitaliseringsdirektoratet")
	}
	scope, err := s.open(ctx, prefixes[0].Prefix)
	if err != nil {
		return err
	}
	if err := s.revoke(ctx, scope.Name); err != nil {
		return err
	}
	return s.retire(ctx, scope.Name)
}

func connect(getenv func(string) string) (*maskinporten.Client, error) {
	jwk := []byte(getenv("MASKINPORTEN_JWK"))
	if !strings.HasPrefix(strings.TrimSpace(string(jwk)), "{") {
		var err error
		if jwk, err = os.ReadFile(string(jwk)); err != nil {
			return nil, fmt.Errorf("MASKINPORTEN_JWK is neither a JWK nor a file that can be read: %w", err)
		}
	}
	key, err := maskinporten.KeyFromJWK(jwk)
	if err != nil {
		return nil, fmt.Errorf("MASKINPORTEN_JWK: %w", err)
	}
	return maskinporten.New(maskinporten.Environment(getenv("MASKINPORTEN_ENV")),
		maskinporten.Credentials{ClientID: getenv("MASKINPORTEN_CLIENT_ID"), Key: key})
}
