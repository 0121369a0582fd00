package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/terminal"
)

var memberName = regexp.MustCompile(`(?m)^( *)("(?:[^"\\]|\\.)*")(:)`)

// coloured is JSON with lines, its members in their own order.
func (p *program) coloured(data json.RawMessage) string {
	var lines bytes.Buffer
	if json.Indent(&lines, data, "", "  ") != nil {
		return terminal.Clean(string(data))
	}
	text := strings.Split(lines.String(), "\n")
	for i, line := range text {
		line = terminal.Clean(line)
		if match := memberName.FindStringSubmatch(line); match != nil {
			line = match[1] + p.out.Name(match[2]) + line[len(match[1])+len(match[2]):]
		}
		text[i] = line
	}
	return strings.Join(text, "\n")
}

// ago says how far a moment is away, in words.
func ago(left time.Duration) string {
	if left < 0 {
		return span(-left) + " ago"
	}
	return "in " + span(left)
}

// span is a duration in the unit that fits.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	units := []struct {
		unit time.Duration
		name string
	}{{day, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}}
	for _, u := range units {
		if n := int(d.Round(time.Second) / u.unit); n >= 2 || n == 1 && (u.unit == time.Second || d < u.unit+u.unit/4) {
			if n == 1 {
				return "1 " + u.name
			}
			return fmt.Sprintf("%d %ss", n, u.name)
		}
	}
	return "less than a second"
}
