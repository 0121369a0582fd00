package terminal

// Status shows on a terminal what is being done, on a line that the next status, or
// an empty one, replaces. Elsewhere it writes nothing.
func (s *Screen) Status(text string) {
	if !s.moves || text == "" && !s.status {
		return
	}
	s.status = text != ""
	if text != "" {
		text = s.Dim(cut(Clean(text)+" …", max(least, s.Width-1)))
	}
	s.Printf("\r\x1b[K%s", text)
}
