package engine

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

// withPosition adds to an error about a world the line and the column of the
// place that it begins with, such as "environments.test: clients[0].client_id: …".
func withPosition(data []byte, err error) error {
	if err == nil || len(data) == 0 || strings.HasPrefix(err.Error(), "line ") {
		return err
	}
	line, column := strictjson.Position(data, find(data, pathOf(err.Error())))
	return fmt.Errorf("line %d, column %d: %w", line, column, err)
}

var (
	placeForm = regexp.MustCompile(`^[A-Za-z0-9_]+(\[[0-9]+\])*(\.[A-Za-z0-9_]+(\[[0-9]+\])*)*$`)
	placeStep = regexp.MustCompile(`[A-Za-z0-9_]+`)
)

// pathOf are the steps of the place that a message begins with.
func pathOf(message string) (steps []string) {
	for part := range strings.SplitSeq(message, ": ") {
		if !placeForm.MatchString(part) {
			return steps
		}
		steps = append(steps, placeStep.FindAllString(part, -1)...)
	}
	return steps
}

// find returns where the value at a path begins, as far as the path leads. The
// text is valid JSON.
func find(data []byte, path []string) (offset int) {
	c := strictjson.Cursor{Data: data}
	for _, step := range path {
		c.Kind()
		offset = c.At
		if !enter(&c, step) {
			return offset
		}
	}
	c.Kind()
	return c.At
}

// enter steps to the element of this name, or number. It reports whether there is
// one.
func enter(c *strictjson.Cursor, step string) bool {
	kind := c.Kind()
	if kind != '{' && kind != '[' {
		return false
	}
	number, _ := strconv.Atoi(step)
	c.Enter()
	for i := 0; c.More(); i++ {
		if kind == '[' && i == number {
			return true
		}
		if kind == '{' {
			if name, _ := strictjson.Name(c.Name()); string(name) == step {
				return true
			}
		}
		c.Skip()
	}
	return false
}
