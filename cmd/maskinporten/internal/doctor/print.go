package doctor

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/terminal"
)

// Print writes the report for people: a line a step, what to do below those that
// aren't right, and what must be fixed first at the end.
func (r Report) Print(s *terminal.Screen) {
	width := 0
	for _, step := range r.Steps {
		width = max(width, utf8.RuneCountInString(step.Name))
	}
	for _, step := range r.Steps {
		step.print(s, width)
	}
	s.Printf("\n")
	r.printEnd(s)
}

// print writes one step. The sign stands for the verdict where there is no colour.
func (step Step) print(s *terminal.Screen, width int) {
	sign, style := step.sign(s)
	name := step.Name + strings.Repeat(" ", width-utf8.RuneCountInString(step.Name))
	proof, indent := step.Proof, strings.Repeat(" ", width+6)
	switch step.Verdict {
	case Skipped:
		name = s.Dim(name)
	case Fail:
		name = s.Bold(name)
	case OK, Warn:
	}
	s.Wrapped(style("["+sign+"]")+" "+name+"  ", indent, proof)
	if step.Remedy != "" && step.Verdict != OK {
		s.Wrapped(strings.Repeat(" ", width+6)+s.Bold("→")+" ", indent+"  ", step.Remedy)
	}
}

func (step Step) sign(s *terminal.Screen) (string, func(string) string) {
	switch step.Verdict {
	case OK:
		return "✓", s.Good
	case Warn:
		return "!", s.Warning
	case Fail:
		return "✗", s.Bad
	case Skipped:
	}
	return "-", s.Dim
}

func (r Report) printEnd(s *terminal.Screen) {
	if used := r.Used(); len(used) > 0 {
		s.Wrapped(s.Dim("Looked at")+" ", "  ", strings.Join(used, ", "))
	}
	first := r.First()
	if first == nil {
		text := "Nothing is wrong."
		if n := r.Count(Warn); n > 0 {
			text = fmt.Sprintf("It works; %s worth a look.", counted(n, "thing is", "things are"))
		}
		s.Wrapped(s.Good("✓")+" ", "  ", text)
		return
	}
	s.Wrapped(s.Bad("✗")+" "+s.Bold("Fix first: "+first.Name)+" → ", "  ", first.Remedy)
	if others := r.Count(Fail) - 1; others > 0 {
		s.Printf("  %s\n", s.Dim(counted(others, "other thing is", "other things are")+" wrong too: run it again when this is fixed."))
	}
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
