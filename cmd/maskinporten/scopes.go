package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/terminal"
)

func (p *program) scopesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "scopes COMMAND", DisableFlagsInUseLine: true, Short: "Search the public list of scopes",
		Example: "  maskinporten scopes search folkeregister",
		Args:    noCommand, RunE: helps,
	}
	cmd.AddCommand(p.scopesSearchCommand())
	return cmd
}

func (p *program) scopesSearchCommand() *cobra.Command {
	var filter maskinporten.PublicScopeFilter
	cmd := &cobra.Command{
		Use: "search [WORD...]", Short: "Find scopes by words in their names and descriptions",
		Long: "Finds scopes in the public list of all organisations: those with all the words in\n" +
			"their name, description or owner. It needs no credentials. Where nothing is\nfound it ends with 4.",
		Example: `  maskinporten scopes search folkeregister
  maskinporten scopes search read --prefix difi --open
  maskinporten scopes search --env prod 974761076 --json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := p.settings()
			if err != nil {
				return err
			}
			client, err := public(s)
			if err != nil {
				return err
			}
			defer func() { _ = client.Close() }() // no work goes on
			found, err := maskinporten.Collect(client.Scopes.Public(cmd.Context(), filter))
			if err != nil && len(found) == 0 {
				return err
			}
			found = slices.DeleteFunc(found, func(scope *maskinporten.Scope) bool { return !matches(scope, args) })
			slices.SortFunc(found, func(a, b *maskinporten.Scope) int { return strings.Compare(a.Name, b.Name) })
			return errors.Join(p.showScopes(found), err)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVar(&filter.Prefix, "prefix", "", "only scopes below this `prefix`")
	cmd.Flags().BoolVar(&filter.AccessibleForAll, "open", false, "only scopes that every organisation may use")
	cmd.Flags().BoolVar(&filter.DelegatedSources, "delegated", false, "only scopes that can be delegated to a supplier")
	cmd.Flags().BoolVar(&filter.Inactive, "inactive", false, "scopes that were taken out of use, too")
	p.targetFlags(cmd)
	return cmd
}

// matches reports whether all the words are in a scope, in small letters or large.
func matches(scope *maskinporten.Scope, words []string) bool {
	text := strings.ToLower(strings.Join([]string{scope.Name, scope.Description, scope.LongDescription, string(scope.OwnerOrgNo)}, "\n"))
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, strings.ToLower(word)) })
}

// errNothingFound is a search without a result.
var errNothingFound = fmt.Errorf("no public scope has these words: %w", maskinporten.ErrNotFound)

func (p *program) showScopes(scopes []*maskinporten.Scope) error {
	if p.json {
		if err := p.writeJSON(append([]*maskinporten.Scope{}, scopes...)); err != nil {
			return err
		}
	}
	if len(scopes) == 0 {
		return errNothingFound
	}
	if p.json {
		return nil
	}
	rows := make([][]terminal.Cell, len(scopes))
	for i, scope := range scopes {
		use := terminal.Cell{Text: "with access"}
		switch {
		case !scope.Active:
			use = terminal.Cell{Text: "out of use", Style: p.out.Bad}
		case scope.AccessibleForAll:
			use = terminal.Cell{Text: "open to all", Style: p.out.Good}
		}
		name := cmp.Or(scope.Name, scope.Prefix+":"+scope.Subscope)
		rows[i] = []terminal.Cell{{Text: name, Style: p.out.Name}, {Text: string(scope.OwnerOrgNo)}, use, {Text: scope.Description}}
	}
	p.out.Table([]terminal.Column{{Title: "scope", Keep: true}, {Title: "owner", Keep: true}, {Title: "use", Keep: true}, {Title: "description"}}, rows)
	return nil
}
