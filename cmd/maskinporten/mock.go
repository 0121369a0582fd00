package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/settings"
	"github.com/maskinporten-go/maskinporten/internal/mockprogram"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func (p *program) mockCommand() *cobra.Command {
	var listen, profile string
	cmd := &cobra.Command{
		Use: "mock [-- FLAGS]", Short: "Start a Maskinporten of your own, to try things with",
		Long: "Starts a mock of Maskinporten in this process, and writes a profile with a client\n" +
			"and an admin client that are ready to use. What follows -- are flags of the mock:\n`maskinporten mock -- -h` tells them.",
		Example: `  maskinporten mock
  maskinporten mock --listen 127.0.0.1:9000
  maskinporten mock -- -propagation 90s -chaos 7`,
		Args: func(cmd *cobra.Command, args []string) error {
			if at := cmd.ArgsLenAtDash(); len(args) > 0 && at != 0 {
				return &usageError{error: fmt.Errorf("maskinporten mock takes no argument %s: flags of the mock follow --", args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := settings.ProfileFile(profile, p.env)
			if err != nil {
				return &usageError{error: err}
			}
			if err := mayWrite(cmd.Context(), profile, file); err != nil {
				return &usageError{error: err}
			}
			return p.mock(cmd.Context(), append([]string{"-listen", listen}, args...), profile, file)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "`address` to listen on; port 0 takes a free one")
	cmd.Flags().StringVar(&profile, "write-profile", "mock", "`name` of the profile that is written")
	return cmd
}

// mock runs the mock until ctx ends.
func (p *program) mock(ctx context.Context, args []string, profile, file string) error {
	if p.out.IsTerminal {
		args = append([]string{"-log-format", "text", "-log-level", "warn"}, args...)
	}
	key, err := maskinporten.NewKey("mock-client") // before the mock listens: from then on others may look for the profile
	if err != nil {
		return err
	}
	ready := &readyLine{}
	ready.then = func(line []byte) error {
		var world mockserver.Ready
		if err := json.Unmarshal(line, &world); err != nil {
			_, err = p.out.Write(line) // help, version: for people
			return err
		}
		return p.welcome(ctx, world, profile, file, key)
	}
	code := mockprogram.Run(ctx, mockprogram.Call{Name: "maskinporten mock", Args: args, Stdin: p.stdin, Stdout: ready, Stderr: p.err})
	switch {
	case code == exitOK:
		return nil
	case ready.err != nil:
		return ready.err
	case code == exitUsage:
		return &usageError{error: errors.New("the mock's flags make no sense: see above")}
	}
	return errors.New("the mock has ended: see above")
}

// readyLine waits for a line, and hands on what follows.
type readyLine struct {
	before bytes.Buffer
	then   func(line []byte) error
	err    error
}

// Write keeps what comes until the line is whole.
func (r *readyLine) Write(p []byte) (int, error) {
	r.before.Write(p)
	if !bytes.HasSuffix(p, []byte("\n")) {
		return len(p), nil
	}
	line := bytes.Clone(r.before.Bytes())
	r.before.Reset()
	if r.err = r.then(line); r.err != nil {
		return 0, r.err
	}
	return len(p), nil
}

// started is a mock that runs, as JSON. Its keys are in files, which the profiles
// name.
type started struct {
	Issuer          string   `json:"issuer"`
	SelfService     string   `json:"selfservice"`
	Portal          string   `json:"portal"`
	Control         string   `json:"control,omitzero"`
	Profile         string   `json:"profile"`
	File            string   `json:"file"`
	ProviderProfile string   `json:"provider_profile"`
	ClientID        string   `json:"client_id,omitzero"`
	Scopes          []string `json:"scopes,omitzero"`
}

// welcome makes a client that is ready, and tells people how to use it.
func (p *program) welcome(ctx context.Context, world mockserver.Ready, profile, file string, key *maskinporten.Key) error {
	made, err := prepare(ctx, world, file, key)
	if err != nil {
		return err
	}
	if p.json {
		return p.writeJSON(started{
			Issuer: made.Issuer, SelfService: made.SelfService, Portal: world.Portal, Control: world.Control,
			Profile: profile, File: file, ProviderProfile: providerProfile(profile), ClientID: made.Client.ID, Scopes: made.Token.Scopes,
		})
	}
	p.out.Printf("%s A Maskinporten of your own runs at %s. Ctrl-C stops it.\n\n", p.out.Good("✓"), p.out.Name(made.Issuer))
	p.out.Printf("  Web pages  %s\n", p.out.Name(world.Portal))
	if world.Control != "" {
		p.out.Printf("  Workbench  %s\n", p.out.Name(strings.TrimSuffix(world.Control, "_mock/")+"workbench/"))
	}
	p.out.Printf("  Profile    %s (%s)\n", p.out.Name(profile), file)
	if made.Client.ID == "" {
		p.out.Printf("\nIts world has no admin clients of its own, so that the profile names no client.\n")
		return p.out.Err()
	}
	p.out.Printf("\nTry, in another terminal:\n")
	for _, try := range []string{"token", "token --decode", "keys list", "scopes search weather"} {
		p.out.Printf("  maskinporten %s --profile %s\n", try, profile)
	}
	p.out.Printf("\nIts client may use the scope %s, which another organisation offers.\nTo be that one, for plan and apply, take the profile %s.\n", p.out.Name(made.Token.Scopes[0]), p.out.Name(providerProfile(profile)))
	return p.out.Err()
}

func providerProfile(profile string) string { return profile + "-provider" }

// keyFolder is where the keys of a profile that the mock writes are.
func keyFolder(file string) string { return strings.TrimSuffix(file, filepath.Ext(file)) }
