package main

import (
	"cmp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// help tells what a command is for, with examples.
func (p *program) help(cmd *cobra.Command, _ []string) {
	p.out.Printf("%s\n\n%s\n  %s\n", cmp.Or(cmd.Long, cmd.Short+"."), p.out.Bold("Usage"), cmd.UseLine())
	p.commands(cmd)
	if cmd.Example != "" {
		p.out.Printf("\n%s\n%s\n", p.out.Bold("Examples"), strings.TrimRight(cmd.Example, "\n"))
	}
	for _, group := range flagGroups(cmd) {
		p.out.Printf("\n%s\n%s", p.out.Bold(group.title), group.flags.FlagUsagesWrapped(max(p.out.Width, 60)))
	}
}

func (p *program) commands(cmd *cobra.Command) {
	longest := 0
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			longest = max(longest, len(sub.Name()))
		}
	}
	if longest == 0 {
		return
	}
	p.out.Printf("\n%s\n", p.out.Bold("Commands"))
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			p.out.Printf("  %s%s  %s\n", p.out.Name(sub.Name()), strings.Repeat(" ", longest-len(sub.Name())), sub.Short)
		}
	}
}

type flagGroup struct {
	title string
	flags *pflag.FlagSet
}

// groupAnnotation is the group of flags that a flag belongs to.
const groupAnnotation = "group"

// flagGroups are the flags of a command: its own, then those of groups, then
// those that all commands have.
func flagGroups(cmd *cobra.Command) []flagGroup {
	var groups []flagGroup
	of := func(title string) *pflag.FlagSet {
		for _, group := range groups {
			if group.title == title {
				return group.flags
			}
		}
		set := pflag.NewFlagSet(title, pflag.ContinueOnError)
		set.SortFlags = false
		groups = append(groups, flagGroup{title, set})
		return set
	}
	for _, own := range []bool{true, false} {
		cmd.Flags().VisitAll(func(flag *pflag.Flag) {
			group := flag.Annotations[groupAnnotation]
			switch {
			case flag.Name == "help" || cmd.Root().PersistentFlags().Lookup(flag.Name) != nil || own != (group == nil):
			case own:
				of("Flags").AddFlag(flag)
			default:
				of(group[0]).AddFlag(flag)
			}
		})
	}
	all := of("Everywhere")
	cmd.Root().PersistentFlags().VisitAll(func(flag *pflag.Flag) { all.AddFlag(flag) })
	return groups
}
