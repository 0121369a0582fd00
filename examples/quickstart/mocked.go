package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// mocked plays the whole story, the consumer's part too.
func mocked(ctx context.Context, out io.Writer) error {
	server, err := mockserver.New()
	if err != nil {
		return err
	}
	digdir := server.AddOrganization("991825827", "Digitaliseringsdirektoratet")
	nav := server.AddOrganization("889640782", "Arbeids- og velferdsetaten")
	s := &story{out: out, provider: server.Client(digdir), consumer: nav.OrgNo}

	prefixes, err := s.look(ctx)
	if err != nil {
		return err
	}
	scope, err := s.open(ctx, prefixes[0].Prefix)
	if err != nil {
		return err
	}
	consumer, err := register(ctx, server, nav, scope.Name)
	if err != nil {
		return err
	}
	request := maskinporten.TokenRequest{Scopes: []string{scope.Name}}
	token, err := consumer.Token(ctx, request)
	if err != nil {
		return err
	}
	s.say("the consumer gets a token for %v, good for %d s", token.Extra("scope"), token.ExpiresIn)
	if err := s.revoke(ctx, scope.Name); err != nil {
		return err
	}
	consumer.Forget(token) // the one it has lives on until it expires
	if _, err := consumer.Token(ctx, request); !errors.Is(err, maskinporten.ErrAccessNotGranted) {
		return fmt.Errorf("the consumer should have been refused, but got %w", err)
	} else if refusal, ok := errors.AsType[*maskinporten.TokenError](err); ok {
		s.say("the consumer is refused: %s %s", refusal.MP, refusal.Description)
		s.say("what to do about it: %s", refusal.Remedy())
	}
	return s.retire(ctx, scope.Name)
}

// register makes a client of the consumer's with a key, and returns what gets
// its tokens.
func register(ctx context.Context, server *mockserver.Server, consumer *mockserver.Organization, scope string) (*maskinporten.Authenticator, error) {
	admin := server.Client(consumer)
	app, err := admin.Clients.Create(ctx, maskinporten.ClientCreate{Name: "quickstart", Description: "Reads the API", Scopes: []string{scope}})
	if err != nil {
		return nil, err
	}
	key := server.Key(0, "quickstart-2026")
	public, err := key.PublicJWK()
	if err != nil {
		return nil, err
	}
	if _, err := admin.Clients.AddKey(ctx, app.ClientID, public); err != nil {
		return nil, err
	}
	return maskinporten.NewAuthenticator(server.Endpoints(maskinporten.Test),
		maskinporten.Credentials{ClientID: app.ClientID, Key: key}, server.ClientOptions()...)
}
