// Package yamlerror says what is wrong with YAML as the rest of the program does: a
// line, a column, and the problem.
package yamlerror

import (
	"regexp"
	"strings"
)

var (
	place   = regexp.MustCompile(`at L(\d+)\.C(\d+)`)
	ownType = regexp.MustCompile(` in type \w+\.\w+`)
)

// Text is the text of an error of the YAML library, on a line.
func Text(err error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	if at := place.FindStringSubmatch(text); at != nil {
		parts := strings.Split(text, ": ")
		return "line " + at[1] + ", column " + at[2] + ": " + parts[len(parts)-1]
	}
	for _, noise := range []string{"yaml: ", "construct errors: ", "unmarshal errors: ", "<unknown position>: "} {
		text = strings.ReplaceAll(text, noise, "")
	}
	return strings.TrimSpace(ownType.ReplaceAllString(text, ""))
}
