package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/settings"
)

// grouped adds flags to a command that are shown below a title of their own.
func grouped(cmd *cobra.Command, title string, add func(*pflag.FlagSet)) {
	set := pflag.NewFlagSet(title, pflag.ContinueOnError)
	set.SortFlags = false
	add(set)
	set.VisitAll(func(flag *pflag.Flag) { flag.Annotations = map[string][]string{groupAnnotation: {title}} })
	cmd.Flags().SortFlags = false
	cmd.Flags().AddFlagSet(set)
}

// targetFlags say where calls go.
func (p *program) targetFlags(cmd *cobra.Command) {
	grouped(cmd, "Where", func(f *pflag.FlagSet) {
		f.StringVar(&p.flags.Env, "env", "", "`environment`: test or prod (test where nothing says otherwise)")
		f.StringVar(&p.flags.Issuer, "issuer", "", "`address` of another issuer instead, such as that of a mock")
		f.StringVar(&p.flags.SelfService, "selfservice", "", "`address` of the self-service API that goes with --issuer")
		f.BoolVar(&p.flags.PlainHTTP, "plain-http", false, "let an address with http be on another machine: for a mock in a container")
		f.StringVar(&p.flags.CAFile, "ca-file", "", "`file` with certificates of authorities to trust as well, as PEM")
	})
}

// clientFlags say who asks for tokens.
func (p *program) clientFlags(cmd *cobra.Command) {
	grouped(cmd, "Client", func(f *pflag.FlagSet) { credentialFlags(f, &p.flags.Client, "") })
}

// adminFlags say who calls self-service.
func (p *program) adminFlags(cmd *cobra.Command) {
	grouped(cmd, "Admin client", func(f *pflag.FlagSet) { credentialFlags(f, &p.flags.Admin, "admin-") })
}

func credentialFlags(f *pflag.FlagSet, c *settings.Client, prefix string) {
	f.StringVar(&c.ID, prefix+"client-id", "", "`id` of the client")
	f.StringVar(&c.Key, prefix+"key", "", "`file` with its private key, - for standard input: JWK, PEM, PKCS#12")
	f.StringVar(&c.KeyID, prefix+"kid", "", "`kid` that the key is registered with, where the file doesn't say")
	f.StringVar(&c.KeyName, prefix+"key-name", "", "`name` of the key, where the file holds several")
	f.StringVar(&c.PasswordFile, prefix+"password-file", "", "`file` with the password of PKCS#12")
}
