package terminal

// The styles are of the sixteen colours that people choose in their terminal's
// settings, so that they can be read on light and on dark; nothing is said by
// colour alone.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

func (s *Screen) style(code, text string) string {
	if !s.colour || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Bold is for what matters most.
func (s *Screen) Bold(text string) string { return s.style(bold, text) }

// Dim is for what matters least.
func (s *Screen) Dim(text string) string { return s.style(dim, text) }

// Bad is for what went wrong.
func (s *Screen) Bad(text string) string { return s.style(red, text) }

// Good is for what is as it should be.
func (s *Screen) Good(text string) string { return s.style(green, text) }

// Warning is for what will go wrong.
func (s *Screen) Warning(text string) string { return s.style(yellow, text) }

// Name is for what can be copied: commands, names, ids.
func (s *Screen) Name(text string) string { return s.style(cyan, text) }
