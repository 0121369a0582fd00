package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/jwt"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/settings"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/terminal"
	"github.com/maskinporten-go/maskinporten/verify"
)

// verdict is what is found out about a token, as JSON.
type verdict struct {
	Valid bool `json:"valid"`
	// Reason is verify's name for why not, and Explanation says it in words.
	Reason      string `json:"reason,omitzero"`
	Explanation string `json:"explanation,omitzero"`
	// Issuer is the one that it was checked against.
	Issuer string `json:"issuer"`
	// Token is what it says, where it can be taken apart.
	Token *jwt.Token `json:"token,omitzero"`
}

// verifyFlags are those of verify.
type verifyFlags struct {
	scope     string
	resources []string
}

func (p *program) verifyCommand() *cobra.Command {
	var flags verifyFlags
	cmd := &cobra.Command{
		Use: "verify [FILE]", Short: "Check a token that somebody sent, and explain it",
		Long: "Checks a token as an API does, shows what it says, and tells why it would be\n" +
			"refused. FILE holds the token, as it is or with what stands around it: an\n" +
			"Authorization header, the answer of the token endpoint. Without FILE it is read\n" +
			"from standard input; never from the command line, which others can read.\n" +
			"Where no environment is given, it is the one that the token names, of test and\nprod. It ends with 6 where the token isn't valid.",
		Example: `  maskinporten verify token.txt
  maskinporten token prefix:scope | maskinporten verify
  maskinporten verify token.txt --env prod --scope prefix:scope --resource https://api.example.no`,
		Args: arguments(0, 1, "one FILE with a token, or none for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := "-"
			if len(args) > 0 {
				name = args[0]
			}
			if name == "-" && terminal.IsTerminal(p.stdin) {
				p.err.Printf("Paste the token, then press Enter and Ctrl-D:\n")
			}
			data, err := settings.ReadFile(name, p.stdin)
			if err != nil {
				return &usageError{error: err}
			}
			s, err := p.settings()
			if err != nil {
				return err
			}
			return p.verify(cmd.Context(), s, jwt.Find(string(data)), flags)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVar(&flags.scope, "scope", "", "`scope` that the token must have")
	cmd.Flags().StringArrayVar(&flags.resources, "resource", nil, "`address` of the API that it must be for (aud); may be repeated")
	p.targetFlags(cmd)
	return cmd
}

func (p *program) verify(ctx context.Context, s *settings.Settings, text string, flags verifyFlags) error {
	token, _ := jwt.Read(text) // verify says what is wrong with it
	target, err := verifyTarget(s, token)
	if err != nil {
		return err
	}
	result := verdict{Issuer: target.Issuer, Token: token}
	_, err = p.check(ctx, s, target, text, flags)
	refusal, isRefusal := errors.AsType[*verify.Error](err)
	switch {
	case err != nil && (!isRefusal || refusal.Status() >= 500 || ctx.Err() != nil):
		return fmt.Errorf("whether the token is valid can't be checked: %w (%w)", err, maskinporten.ErrUnavailable) // it may be later
	case err != nil:
		result.Reason, result.Explanation = string(refusal.Reason), strings.TrimPrefix(refusal.Error(), "verify: ")
	default:
		result.Valid = true
	}
	if err := p.showVerdict(result); err != nil {
		return err
	}
	if !result.Valid {
		return errAttention
	}
	return nil
}

// verifyTarget is where the token should come from: the target that is given, or
// the environment that it names.
func verifyTarget(s *settings.Settings, token *jwt.Token) (maskinporten.Endpoints, error) {
	if s.Env == "" && s.Issuer == "" && token != nil {
		for _, env := range []maskinporten.Environment{maskinporten.Test, maskinporten.Prod} {
			if target, err := env.Endpoints(); err == nil && target.Issuer == token.Issuer() {
				return target, nil
			}
		}
	}
	return s.Target()
}

func (p *program) check(ctx context.Context, s *settings.Settings, target maskinporten.Endpoints, text string, flags verifyFlags) (*verify.Claims, error) {
	var options []verify.Option
	client, err := s.HTTPClient()
	if err != nil {
		return nil, &usageError{error: err}
	}
	if client != nil {
		options = append(options, verify.WithHTTPClient(client))
	}
	if len(flags.resources) > 0 {
		options = append(options, verify.WithResource(flags.resources[0], flags.resources[1:]...))
	}
	verifier, err := verify.New(target, options...)
	if err != nil {
		return nil, &usageError{error: err}
	}
	defer func() { _ = verifier.Close() }() // no work goes on
	required := verify.WithoutScope()
	if flags.scope != "" {
		required = verify.RequireScope(flags.scope)
	}
	return verifier.Verify(ctx, text, required)
}

func (p *program) showVerdict(v verdict) error {
	if p.json {
		return p.writeJSON(v)
	}
	if v.Valid {
		p.out.Wrapped(p.out.Good("✓ valid:")+" ", "  ", "a token of "+v.Issuer)
	} else {
		p.out.Wrapped(p.out.Bad("✗ refused:")+" ", "  ", v.Explanation+" ("+v.Reason+")")
		p.out.Wrapped("  ", "  ", "It was checked as one of "+v.Issuer)
	}
	if v.Token != nil {
		p.out.Printf("\n")
		p.showParts(v.Token)
	}
	return nil
}
