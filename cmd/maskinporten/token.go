package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/oauth2"

	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/jwt"
)

// tokenFlags are those of token.
type tokenFlags struct {
	request requestFlags
	as      string
	decode  bool
}

func (p *program) tokenCommand() *cobra.Command {
	var flags tokenFlags
	cmd := &cobra.Command{
		Use: "token [SCOPE...]", Short: "Get an access token",
		Long: "Gets an access token for the scopes, and prints it: on a line of its own, as a\n" +
			"header, as a line of curl's configuration, or, with --json, with all that came\nwith it. With --decode it shows what the token says instead.",
		Example: `  maskinporten token --profile mock
  maskinporten token --env test --client-id ID --key key.json prefix:scope
  maskinporten token prefix:scope --decode
  maskinporten token prefix:scope --as curl | curl --config - https://api.example.no/
  maskinporten token prefix:scope --consumer-org 889640782 --resource https://api.example.no`,
		RunE: func(cmd *cobra.Command, args []string) error { return p.token(cmd, flags, args) },
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&flags.decode, "decode", false, "show the token's header and claims, not the token")
	cmd.Flags().StringVar(&flags.as, "as", "token", "print it as `form`: token, header, curl")
	p.clientFlags(cmd)
	flags.request.add(cmd)
	p.targetFlags(cmd)
	return cmd
}

func (p *program) token(cmd *cobra.Command, flags tokenFlags, scopes []string) error {
	form, ok := map[string]string{
		"token": "%s\n", "header": "Authorization: Bearer %s\n", "curl": "header = \"Authorization: Bearer %s\"\n",
	}[flags.as]
	if !ok {
		return &usageError{error: fmt.Errorf("--as %q is unknown: use token, header or curl", flags.as)}
	}
	s, err := p.settings()
	if err != nil {
		return err
	}
	request, err := flags.request.request(s, scopes)
	if err != nil {
		return err
	}
	auth, err := authenticator(s)
	if err != nil {
		return err
	}
	defer func() { _ = auth.Close() }() // no work goes on
	token, err := auth.Token(cmd.Context(), request)
	switch {
	case err != nil:
		return err
	case flags.decode:
		return p.showToken(token.AccessToken)
	case p.json:
		return p.writeJSON(tokenAnswer(token))
	}
	p.out.Printf(form, token.AccessToken)
	return nil
}

// answer is a token as JSON, its names those of RFC 6749.
type answer struct {
	AccessToken string    `json:"access_token"`
	TokenType   string    `json:"token_type"`
	ExpiresIn   int       `json:"expires_in"`
	ExpiresAt   time.Time `json:"expires_at"`
	Scope       string    `json:"scope,omitzero"`
}

func tokenAnswer(token *oauth2.Token) answer {
	scope, _ := token.Extra("scope").(string)
	return answer{
		AccessToken: token.AccessToken, TokenType: token.TokenType, Scope: scope,
		ExpiresIn: int(time.Until(token.Expiry).Round(time.Second).Seconds()), ExpiresAt: token.Expiry.UTC().Truncate(time.Second),
	}
}

// showToken shows what a token says.
func (p *program) showToken(text string) error {
	token, err := jwt.Read(text)
	if err != nil {
		return errors.New("the token says nothing by itself: it is one by reference (OPAQUE), which APIs ask the issuer about")
	}
	if p.json {
		return p.writeJSON(token)
	}
	p.showParts(token)
	return nil
}

func (p *program) showParts(token *jwt.Token) {
	p.out.Printf("%s\n%s\n\n%s\n%s\n\n", p.out.Bold("Header"), p.coloured(token.Header), p.out.Bold("Claims"), p.coloured(token.Claims))
	for _, moment := range token.Times() {
		p.out.Printf("%s  %s, %s\n", p.out.Bold(moment.Name), moment.At.Local().Format(time.DateTime), ago(time.Until(moment.At)))
	}
}
