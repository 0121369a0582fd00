package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/settings"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/terminal"
)

func (p *program) keysCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "keys COMMAND", DisableFlagsInUseLine: true, Short: "Make, show, register and rotate keys",
		Long: "Makes keys, shows what a key file is, and keeps the keys of clients.",
		Example: `  maskinporten keys new key.jwk
  maskinporten keys show key.p12 --password-file password.txt
  maskinporten keys expiring --within 30d --exit-code`,
		Args: noCommand, RunE: helps,
	}
	cmd.AddCommand(p.keysNewCommand(), p.keysShowCommand(), p.keysListCommand(), p.keysAddCommand(), p.keysExpiringCommand(), p.keysRotateCommand())
	return cmd
}

// keyMade is a new key as JSON.
type keyMade struct {
	File      string                  `json:"file"`
	PublicJWK maskinporten.JSONWebKey `json:"public_jwk"`
}

func (p *program) keysNewCommand() *cobra.Command {
	var kid string
	var asPEM bool
	cmd := &cobra.Command{
		Use: "new FILE", Short: "Make a key, in a new file that only you can read",
		Long: "Makes an RSA key of 2048 bits in a new file that only you can read (mode 0600),\n" +
			"and prints its public part, to be registered on a client. A file that is there\nalready is left alone.",
		Example: `  maskinporten keys new key.jwk
  maskinporten keys new key.pem --pem --kid 2026-summer
  maskinporten keys new key.jwk --json | jq .public_jwk`,
		Args: arguments(1, 1, "the name of the new FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			kid = cmp.Or(kid, newKeyID(time.Now()))
			key, err := maskinporten.NewKey(kid)
			if err != nil {
				return err
			}
			public, err := writeKey(args[0], key, asPEM)
			if err != nil {
				return err
			}
			if p.json {
				return p.writeJSON(keyMade{args[0], public})
			}
			p.out.Printf("%s holds a new key with the kid %s.\n", p.out.Name(args[0]), p.out.Name(kid))
			if asPEM {
				p.out.Printf("PEM has no place for a kid: give it with --kid %s where the key is used.\n", kid)
			}
			p.out.Printf("\n")
			p.out.Wrapped("", "", "Its public part, for `maskinporten keys add "+args[0]+"` or the web pages of self-service:")
			return p.writeJSON(public)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVar(&kid, "kid", "", "`kid` of the key (default: today's date, and something random)")
	cmd.Flags().BoolVar(&asPEM, "pem", false, "write PEM (PKCS#8) instead of a JWK")
	return cmd
}

// writeKey writes a private key to a new file, and returns the public part.
func writeKey(name string, key *maskinporten.Key, asPEM bool) (maskinporten.JSONWebKey, error) {
	public, err := key.PublicJWK()
	if err != nil {
		return public, err
	}
	marshal := key.MarshalJWK
	if asPEM {
		marshal = key.MarshalPEM
	}
	data, err := marshal()
	if err != nil {
		return public, err
	}
	return public, writeNew(name, data)
}

// writeNew writes a file that must not be there, for its owner alone. Where it
// can't be written whole, there is none.
func writeNew(name string, data []byte) error {
	if name == "-" {
		return &usageError{error: errors.New("what is secret is not written to standard output: name a file")}
	}
	if settings.LooksSecret(name) {
		return &usageError{error: errors.New("the name of the new file is wanted, and this looks like a key or a token")}
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the user names it
	if errors.Is(err, fs.ErrExist) {
		return &usageError{error: fmt.Errorf("%s is there already, and was left alone: choose another name, or remove it first", name)}
	}
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

func (p *program) keysListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List the keys of a client, and when they expire",
		Example: `  maskinporten keys list --client-id ID
  maskinporten keys list --profile mock`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, client, err := p.adminFor(true)
			if err != nil {
				return err
			}
			defer func() { _ = client.Close() }() // no work goes on
			keys, err := maskinporten.Collect(client.Clients.Keys(cmd.Context(), s.Client.ID))
			if err != nil {
				return err
			}
			if p.json {
				return p.writeJSON(maskinporten.JSONWebKeySet{Keys: values(keys)})
			}
			rows := make([][]terminal.Cell, len(keys))
			for i, key := range keys {
				rows[i] = append([]terminal.Cell{{Text: key.KeyID, Style: p.out.Name}, {Text: day(key.Created)}}, p.expiry(key.Expires())...)
			}
			p.table(rows, "client "+s.Client.ID+" has no registered key", terminal.Column{Title: "kid", Keep: true}, terminal.Column{Title: "added"}, terminal.Column{Title: "expires"}, terminal.Column{Title: "left"})
			return nil
		},
	}
	p.clientIDFlag(cmd)
	p.adminFlags(cmd)
	p.targetFlags(cmd)
	return cmd
}

func (p *program) keysAddCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "add FILE", Short: "Register a key on a client",
		Long: "Registers the public part of a key on a client, and touches no other key. FILE\n" +
			"holds the private key or the public one; only the public part is sent.",
		Example: `  maskinporten keys add key.jwk --client-id ID
  maskinporten keys add key.jwk --profile mock`,
		Args: arguments(1, 1, "a FILE with the key"),
		RunE: func(cmd *cobra.Command, args []string) error {
			public, err := p.publicKey(args[0])
			if err != nil {
				return err
			}
			s, client, err := p.adminFor(true)
			if err != nil {
				return err
			}
			defer func() { _ = client.Close() }() // no work goes on
			added, err := client.Clients.AddKey(cmd.Context(), s.Client.ID, public)
			if err != nil {
				return err
			}
			if p.json {
				return p.writeJSON(added)
			}
			p.out.Printf("%s The key %s is registered on client %s", p.out.Good("✓"), p.out.Name(added.KeyID), p.out.Name(s.Client.ID))
			if expires := added.Expires(); !expires.IsZero() {
				p.out.Printf(" until %s", day(expires))
			}
			p.out.Printf(".\n")
			if s.Issuer == "" {
				p.out.Printf("Tokens can be had with it in some minutes, when the token endpoint has learned of it.\n")
			}
			return nil
		},
	}
	grouped(cmd, "Key", p.keyFileFlags)
	p.clientIDFlag(cmd)
	p.adminFlags(cmd)
	p.targetFlags(cmd)
	return cmd
}

// publicKey is the public part of a key in a file, be it private or public.
func (p *program) publicKey(name string) (maskinporten.JSONWebKey, error) {
	data, err := settings.ReadFile(name, p.stdin)
	if err != nil {
		return maskinporten.JSONWebKey{}, &usageError{error: err}
	}
	key, err := maskinporten.LoadKey(data, p.flags.Client.KeyOptions())
	if err == nil {
		return key.PublicJWK()
	}
	if public, publicErr := maskinporten.ParseJSONWebKey(data); publicErr == nil {
		public.KeyID = cmp.Or(p.flags.Client.KeyID, public.KeyID)
		return public, nil
	}
	return maskinporten.JSONWebKey{}, fmt.Errorf("%s: %w", name, err)
}

// adminFor returns the settings, and the admin client; with a client to work on
// where that is needed.
func (p *program) adminFor(needsClient bool) (*settings.Settings, *maskinporten.Client, error) {
	s, err := p.settings()
	if err != nil {
		return nil, nil, err
	}
	if needsClient && s.Client.ID == "" {
		return nil, nil, &settings.Missing{Text: "which client? Give its id with --client-id, MASKINPORTEN_CLIENT_ID or client.id in a profile"}
	}
	client, err := admin(s)
	return s, client, err
}

// table writes rows, or says that there are none.
func (p *program) table(rows [][]terminal.Cell, none string, columns ...terminal.Column) {
	if len(rows) == 0 {
		p.err.Printf("%s\n", none)
		return
	}
	p.out.Table(columns, rows)
}

// expiry is when something ends, and how long that is.
func (p *program) expiry(at time.Time) []terminal.Cell {
	if at.IsZero() {
		return []terminal.Cell{{Text: "-"}, {Text: "-"}}
	}
	left := time.Until(at)
	days := int(left / (24 * time.Hour))
	cell := terminal.Cell{Text: strconv.Itoa(days) + " days", Style: p.out.Good}
	switch {
	case left < 0:
		cell = terminal.Cell{Text: "expired", Style: p.out.Bad}
	case days == 1:
		cell = terminal.Cell{Text: "1 day", Style: p.out.Bad}
	case days < 8:
		cell.Style = p.out.Bad
	case days < 31:
		cell.Style = p.out.Warning
	}
	return []terminal.Cell{{Text: day(at)}, cell}
}

func day(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return at.Local().Format(time.DateOnly)
}

func values[T any](pointers []*T) []T {
	list := make([]T, len(pointers))
	for i, pointer := range pointers {
		list[i] = *pointer
	}
	return list
}
