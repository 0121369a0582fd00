package main

import (
	"cmp"
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/settings"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/terminal"
)

// program is one run of the program.
type program struct {
	stdin    io.Reader
	out, err *terminal.Screen
	env      func(string) string

	// What flags say.
	json    bool
	profile string
	flags   settings.Values

	used *settings.Settings // what holds, once it is known
}

// run is the program. It returns its exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env func(string) string) int {
	p := &program{stdin: stdin, out: terminal.New(stdout, env), err: terminal.New(stderr, env), env: env}
	root := p.root() //nolint:contextcheck // commands get it when they run
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(p.out)
	root.SetErr(p.err)
	return p.explain(ctx, cmp.Or(root.ExecuteContext(ctx), p.out.Err()), args)
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use: "maskinporten COMMAND", DisableFlagsInUseLine: true,
		Short: "Maskinporten's program for people",
		Long: "Gets tokens and explains them, keeps keys, scopes, accesses and clients,\n" +
			"finds what is wrong, and starts a mock to try all of that with.",
		Example: `  maskinporten mock                                  a Maskinporten of your own, to try things with
  maskinporten token --profile mock                  a token from it
  maskinporten token --env test --client-id ID --key key.json prefix:scope`,
		SilenceErrors: true, SilenceUsage: true,
		Args: noCommand, RunE: helps,
	}
	root.SuggestionsMinimumDistance = 2
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetHelpFunc(p.help)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err, true} })
	all := root.PersistentFlags()
	all.BoolVar(&p.json, "json", false, "write JSON, errors too")
	all.StringVar(&p.profile, "profile", "", "take what isn't given here from the profile `name`")
	root.AddCommand(p.mockCommand(), p.tokenCommand(), p.doctorCommand(), p.keysCommand(), p.scopesCommand(), p.verifyCommand(), p.planCommand(), p.applyCommand(), p.exportCommand(), p.schemaCommand(), p.versionCommand())
	return root
}

// helps is what a command does that only has commands below it.
func helps(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// settings are those that hold, with the flags of the command.
func (p *program) settings() (*settings.Settings, error) {
	s, err := settings.Source{Flags: p.flags, Profile: p.profile, Env: p.env, Stdin: p.stdin}.Load()
	if err != nil {
		return nil, &usageError{error: err}
	}
	p.used = s
	return s, nil
}
