package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/exactjson"
)

// placed adds to an error about a world the line and the column of the place
// that it begins with, such as "environments.test: clients[0].client_id: …".
func placed(data []byte, err error) error {
	if err == nil || len(data) == 0 || strings.HasPrefix(err.Error(), "line ") {
		return err
	}
	line, column := exactjson.Position(data, find(data, pathOf(err.Error())))
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

// find returns where the value at a path begins, as far as the path leads.
func find(data []byte, path []string) (offset int) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	offset = start(data, 0)
	for _, step := range path {
		opening, err := decoder.Token()
		if err != nil {
			return offset
		}
		if !enter(decoder, opening, step) {
			return offset
		}
		offset = start(data, int(decoder.InputOffset()))
	}
	return offset
}

// enter reads up to the element of this name, or number. It reports whether there
// is one.
func enter(decoder *json.Decoder, opening json.Token, step string) bool {
	number, _ := strconv.Atoi(step)
	for i := 0; decoder.More(); i++ {
		switch opening {
		case json.Delim('{'):
			if name, err := decoder.Token(); err != nil || name == step {
				return err == nil
			}
		case json.Delim('['):
			if i == number {
				return true
			}
		default:
			return false
		}
		var passed json.RawMessage
		if decoder.Decode(&passed) != nil {
			return false
		}
	}
	return false
}

// start is where the next value begins.
func start(data []byte, after int) int {
	return after + len(data[after:]) - len(bytes.TrimLeft(data[after:], " \t\r\n:,"))
}
