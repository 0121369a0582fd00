package terminal

import (
	"strings"
	"unicode/utf8"
)

// Column is one column of a table.
type Column struct {
	Title string
	// Keep says that it is never cut: ids, which people copy.
	Keep bool
}

// Cell is one value of a table. Style, if set, is one of the Screen's.
type Cell struct {
	Text  string
	Style func(string) string
}

// gap is between two columns.
const gap = 2

// Table writes rows below their titles, cut to the width of the terminal. Where
// nobody looks it writes a line for each row, without titles, whole, with tabs
// between the values.
func (s *Screen) Table(columns []Column, rows [][]Cell) {
	if !s.IsTerminal {
		for _, row := range rows {
			texts := make([]string, len(row))
			for i, cell := range row {
				texts[i] = Clean(cell.Text)
			}
			s.Printf("%s\n", strings.Join(texts, "\t"))
		}
		return
	}
	widths := s.widths(columns, rows)
	titles := make([]Cell, len(columns))
	for i, column := range columns {
		titles[i] = Cell{Text: strings.ToUpper(column.Title), Style: s.Dim}
	}
	for _, row := range append([][]Cell{titles}, rows...) {
		s.row(widths, row)
	}
}

func (s *Screen) row(widths []int, row []Cell) {
	var line strings.Builder
	for i, cell := range row {
		text := cut(Clean(cell.Text), widths[i])
		padding := widths[i] - utf8.RuneCountInString(text) + gap
		if cell.Style != nil {
			text = cell.Style(text)
		}
		line.WriteString(text)
		if i < len(row)-1 {
			line.WriteString(strings.Repeat(" ", padding))
		}
	}
	s.Printf("%s\n", strings.TrimRight(line.String(), " "))
}

// least is what is left of a column that is cut.
const least = 8

// widths are those of the columns: as wide as their values, or, where that is too
// much, the widest ones narrower.
func (s *Screen) widths(columns []Column, rows [][]Cell) []int {
	widths := make([]int, len(columns))
	total := -gap
	for i, column := range columns {
		widths[i] = utf8.RuneCountInString(column.Title)
		for _, row := range rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(Clean(row[i].Text)))
		}
		total += widths[i] + gap
	}
	for ; total > s.Width; total-- {
		widest := -1
		for i, column := range columns {
			if !column.Keep && widths[i] > least && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break // the terminal wraps
		}
		widths[widest]--
	}
	return widths
}

// cut shortens a text, and shows that it did.
func cut(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:width-1]) + "…"
}
