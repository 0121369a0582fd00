package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/flagnames"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/settings"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/statefile"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/terminal"
	"github.com/maskinporten-go/maskinporten/desired"
)

const aFile = "one FILE with a state, or - for standard input"

func (p *program) planCommand() *cobra.Command {
	var options desired.Options
	var exitCode bool
	cmd := &cobra.Command{
		Use: "plan FILE", Short: "Show what apply would change",
		Long: "Compares the scopes, accesses and clients that FILE says there shall be, in YAML or\n" +
			"JSON, with what there is, and shows what apply would change. It changes nothing.",
		Example: `  maskinporten plan state.yaml
  maskinporten plan state.yaml --exit-code    ends with 6 if something would change
  maskinporten plan state.yaml --json`,
		Args: arguments(1, 1, aFile),
		RunE: func(cmd *cobra.Command, args []string) error {
			changes, done, err := p.planned(cmd.Context(), args[0], options)
			if err != nil {
				return err
			}
			defer done()
			if p.json {
				err = p.writeJSON(changes)
			} else {
				p.showChanges(p.out, changes)
			}
			if err == nil && exitCode && !changes.Empty() {
				err = errAttention
			}
			return err
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&exitCode, "exit-code", false, "end with 6 if something would change")
	p.desiredFlags(cmd, &options)
	return cmd
}

func (p *program) desiredFlags(cmd *cobra.Command, options *desired.Options) {
	cmd.Flags().BoolVar(&options.AsSupplier, "as-supplier", false, "keep the clients of other organisations, as their supplier")
	p.adminFlags(cmd)
	p.targetFlags(cmd)
}

func (p *program) exportCommand() *cobra.Command {
	var options desired.Options
	cmd := &cobra.Command{
		Use: "export", Short: "Write what there is as a file for plan and apply",
		Long: "Writes the active scopes with their accesses, and the active clients, as a state in\n" +
			"YAML, or in JSON with --json. A plan of it is empty. It owns nothing: say in owns\nwhat it shall be the whole of.",
		Example: `  maskinporten export > state.yaml
  maskinporten export --json > state.json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, client, err := p.adminFor(false)
			if err != nil {
				return err
			}
			defer func() { _ = client.Close() }() // no work goes on
			state, err := desired.Export(cmd.Context(), client, options)
			if err != nil {
				return err
			}
			if p.json {
				return p.writeJSON(state)
			}
			data, err := statefile.YAML(state)
			if err != nil {
				return err
			}
			p.out.Printf("# yaml-language-server: $schema=state.schema.json\n%s", data)
			return nil
		},
	}
	p.desiredFlags(cmd, &options)
	return cmd
}

func (p *program) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "Write the JSON Schema of states, for editors",
		Long: "Writes the JSON Schema of the files of plan and apply. Editors that know it complete\n" +
			"names, and mark what is wrong: export's first line names it for YAML.",
		Example: "  maskinporten schema > state.schema.json",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := p.out.Write(desired.Schema())
			return err
		},
	}
}

// planned reads a state, and plans the changes. When they were made, or won't be,
// done is called.
func (p *program) planned(ctx context.Context, file string, options desired.Options) (changes *desired.ChangeSet, done func(), err error) {
	data, err := settings.ReadFile(file, p.stdin)
	if err != nil {
		return nil, nil, &usageError{error: err}
	}
	state, err := statefile.Read(data)
	if err != nil {
		return nil, nil, &usageError{error: stateProblem(file, err)}
	}
	_, client, err := p.adminFor(false)
	if err != nil {
		return nil, nil, err
	}
	done = func() { _ = client.Close() } // no work goes on
	if changes, err = desired.Plan(ctx, client, state, options); err != nil {
		done()
		if _, ok := errors.AsType[*desired.StateError](err); ok {
			err = &usageError{error: stateProblem(file, err)}
		}
		return nil, nil, err
	}
	return changes, done, nil
}

// stateProblem tells all that is wrong with a state, a line each.
func stateProblem(file string, err error) error {
	problem, ok := errors.AsType[*desired.StateError](err)
	if !ok {
		return fmt.Errorf("%s: %w", file, err)
	}
	lines := make([]string, len(problem.Problems))
	for i, one := range problem.Problems {
		lines[i] = file + ": " + one.String()
	}
	return &wordedError{err, strings.Join(lines, "\n")}
}

// showChanges shows a plan.
func (p *program) showChanges(to *terminal.Screen, changes *desired.ChangeSet) {
	for i, line := range strings.Split(changes.String(), "\n") {
		line = flagnames.In(line)
		switch {
		case i == 0:
			line = to.Bold(line)
		case strings.HasPrefix(line, "+ "):
			line = to.Good(line)
		case strings.HasPrefix(line, "- "):
			line = to.Bad(line)
		case strings.HasPrefix(line, "~ "):
			line = to.Warning(line)
		case strings.HasPrefix(line, "note: "):
			to.Wrapped("", "  ", line)
			continue
		}
		to.Printf("%s\n", line)
	}
}

// applied counts what became of an apply; each change was told of.
func applied(result *desired.Result) string {
	done, failed, left := len(result.Done()), len(result.Failed()), result.Left()
	text := fmt.Sprintf("%d of %d changes made", done, len(result.Items))
	if failed > 0 {
		text += fmt.Sprintf(", %d failed", failed)
	}
	if len(left) > 0 {
		text += fmt.Sprintf(", %d not tried (%s)", len(left), cause(left[0].Err))
	}
	return text + "; apply again to make the rest"
}

// cause is why something was left, without saying twice that it was.
func cause(err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return "interrupted"
	case errors.Is(err, maskinporten.ErrUnavailable):
		return "the service doesn't answer"
	}
	return strings.TrimPrefix(err.Error(), "maskinporten: ")
}
