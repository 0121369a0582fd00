package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/flagnames"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/terminal"
	"github.com/maskinporten-go/maskinporten/desired"
)

// applyFlags are those of apply.
type applyFlags struct {
	plan    desired.Options
	options desired.ApplyOptions
	yes     bool
	secrets string
}

func (p *program) applyCommand() *cobra.Command {
	var flags applyFlags
	cmd := &cobra.Command{
		Use: "apply FILE", Short: "Make scopes, accesses and clients as a file says",
		Long: "Makes the scopes, accesses and clients as FILE says, in YAML or JSON. It shows what\n" +
			"would change, asks, and makes the changes. Interrupted, it ends with what is being\ndone, and tells what was done and what wasn't; apply again to make the rest.",
		Example: `  maskinporten apply state.yaml
  maskinporten apply state.yaml --yes --json      for pipelines`,
		Args: arguments(1, 1, aFile),
		RunE: func(cmd *cobra.Command, args []string) error { return p.apply(cmd.Context(), args[0], flags) },
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&flags.yes, "yes", false, "don't ask")
	cmd.Flags().BoolVar(&flags.options.AllowEmpty, "allow-empty", false, "let everything go that is owned")
	cmd.Flags().IntVar(&flags.options.MaxRemovedPercent, "max-removed", 0, "how many `percent` of what is owned may go at once (30 where nothing is said)")
	cmd.Flags().StringVar(&flags.secrets, "secrets-dir", "", "`folder` for the secrets of new clients that have one, each in a file")
	p.desiredFlags(cmd, &flags.plan)
	return cmd
}

func (p *program) apply(ctx context.Context, file string, flags applyFlags) error {
	mayAsk := !p.json && file != "-" && terminal.IsTerminal(p.stdin)
	if !flags.yes && !mayAsk {
		return &usageError{error: errors.New("there is nobody to ask whether the changes shall be made: look at them with plan, and give --yes")}
	}
	changes, done, err := p.planned(ctx, file, flags.plan)
	if err != nil {
		return err
	}
	defer done()
	if !p.json {
		p.showChanges(p.err, changes)
	}
	if changes.Empty() {
		return p.showResult(&desired.Result{Items: []desired.Item{}})
	}
	if err := checkSecrets(changes, flags.secrets); err != nil {
		return err
	}
	if !flags.yes {
		if err := p.ask(ctx, "Make these changes at "+p.used.Where()+"?"); err != nil {
			return err
		}
	}
	flags.options.Progress = p.applyProgress
	patient, end := afterInterrupt(ctx)
	defer end()
	flags.options.Stop = ctx.Done()
	result, err := changes.Apply(patient, flags.options)
	if result == nil || len(result.Items) == 0 { // refused as a whole
		return fromArgument(err)
	}
	return errors.Join(p.keepSecrets(result, flags.secrets), p.showResult(result))
}

// finishing is how long what has begun may take after an interrupt.
const finishing = 15 * time.Second

// afterInterrupt returns a context that lives on for a while when ctx ends, so that
// what has begun is finished.
func afterInterrupt(ctx context.Context) (context.Context, context.CancelFunc) {
	patient, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(finishing, cancel) })
	return patient, func() { stop(); cancel() }
}

// fromArgument names the options of package desired as the program does.
func fromArgument(err error) error {
	if err == nil {
		return nil
	}
	return &usageError{error: errors.New(flagnames.In(strings.TrimPrefix(err.Error(), "maskinporten: ")))}
}

// applyProgress tells of each change when it was tried.
func (p *program) applyProgress(progress desired.Progress) {
	if p.json {
		return
	}
	item := progress.Item
	counter := p.out.Dim(fmt.Sprintf("%d/%d", progress.Done, progress.Total))
	switch {
	case item.Err == nil && item.Client != nil && item.ClientID == "":
		p.out.Printf("%s %s %s (%s)\n", p.out.Good("✓"), counter, item.String(), item.Client.ClientID)
	case item.Err == nil:
		p.out.Printf("%s %s %s\n", p.out.Good("✓"), counter, item.String())
	default:
		p.out.Printf("%s %s %s\n", p.out.Bad("✗"), counter, item.String())
		p.out.Wrapped("  ", "  ", strings.TrimPrefix(item.Err.Error(), "maskinporten: "))
	}
}

// showResult tells what became of the changes.
func (p *program) showResult(result *desired.Result) error {
	if p.json {
		if err := p.writeJSON(result); err != nil {
			return err
		}
	}
	if err := result.Err(); err != nil {
		p.showLeft(result.Left())
		return &wordedError{err, applied(result)}
	}
	if !p.json && len(result.Items) > 0 {
		p.out.Printf("%s\n", p.out.Bold(fmt.Sprintf("%d of %d changes made", len(result.Items), len(result.Items))))
	}
	return nil
}

// mostShown of the changes that weren't tried are named.
const mostShown = 10

func (p *program) showLeft(left []desired.Item) {
	if p.json {
		return
	}
	for _, item := range left[:min(len(left), mostShown)] {
		p.out.Printf("%s not tried: %s\n", p.out.Warning("-"), item.String())
	}
	if more := len(left) - mostShown; more > 0 {
		p.out.Printf("%s and %d more\n", p.out.Warning("-"), more)
	}
}

// checkSecrets refuses to make clients whose secret nobody would keep: the service
// shows it once.
func checkSecrets(changes *desired.ChangeSet, folder string) error {
	if folder != "" {
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			return &usageError{error: fmt.Errorf("--secrets-dir %s: there is no such folder", folder)}
		}
		return nil
	}
	for _, change := range changes.Changes {
		if change.Kind != desired.KindClient || change.Action != desired.ActionCreate {
			continue
		}
		for _, field := range change.Fields {
			if method := fmt.Sprint(field.New); field.Field == "token_endpoint_auth_method" && strings.HasPrefix(method, "client_secret_") {
				return &usageError{error: fmt.Errorf("client %s gets a secret, which the service shows once: say where to keep it with --secrets-dir", change.Name)}
			}
		}
	}
	return nil
}

// keepSecrets writes the secrets of new clients to files.
func (p *program) keepSecrets(result *desired.Result, folder string) error {
	var problems []error
	for _, client := range result.NewClients() {
		switch secret := client.ClientSecret; {
		case secret.IsZero():
		case folder == "":
			problems = append(problems, fmt.Errorf("the secret of client %s (%s) was not kept: rotate it to get another", client.Name, client.ClientID))
		default:
			name := filepath.Join(folder, client.ClientID+".secret")
			if err := writeNew(name, []byte(secret.Reveal()+"\n")); err != nil {
				problems = append(problems, fmt.Errorf("the secret of client %s (%s) was not kept: rotate it to get another: %w", client.Name, client.ClientID, err))
				continue
			}
			if !p.json {
				p.out.Printf("The secret of client %s is in %s.\n", client.Name, p.out.Name(name))
			}
		}
	}
	return errors.Join(problems...)
}

// ask asks, and returns an error for everything but yes.
func (p *program) ask(ctx context.Context, question string) error {
	p.err.Printf("\n%s Only yes is yes: ", p.err.Bold(question))
	answer := make(chan string, 1)
	go func() { // a read can't be broken off: it ends with the program
		line, err := bufio.NewReader(p.stdin).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			line = ""
		}
		answer <- strings.TrimSpace(line)
	}()
	select {
	case <-ctx.Done():
		p.err.Printf("\n")
		return fmt.Errorf("nothing was changed: %w", ctx.Err())
	case line := <-answer:
		if !strings.EqualFold(line, "yes") {
			return errors.New("nothing was changed: the answer wasn't yes")
		}
		return nil
	}
}
