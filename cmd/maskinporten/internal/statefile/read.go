// Package statefile reads and writes the states of package desired as files: YAML
// and JSON.
package statefile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/yamlerror"
	"github.com/maskinporten-go/maskinporten/desired"
)

// Read reads a state from JSON or YAML. What is wrong with it is reported with its
// places in the file, as it is written there.
func Read(data []byte) (*desired.State, error) {
	text := bytes.TrimPrefix(data, []byte("\ufeff"))
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return desired.Parse(data)
	}
	var root yaml.Node
	if err := yaml.Load(text, &root); err != nil {
		return nil, errors.New(yamlerror.Text(err))
	}
	c := converter{lines: []place{{1, 1}}}
	if err := c.value(&root, ""); err != nil {
		return nil, err
	}
	state, err := desired.Parse(c.out.Bytes())
	if problem, ok := errors.AsType[*desired.StateError](err); ok {
		return nil, c.withPlaces(problem)
	}
	return state, err
}

// place is where something is in a file, from 1.
type place struct{ line, column int }

// converter makes JSON of YAML: each member and each element on a line of its own,
// so that lines tell where things were.
type converter struct {
	out   bytes.Buffer
	lines []place // of each line
	nodes int
	depth int
}

const (
	// mostNodes and mostDepth are more than any state has: aliases can make
	// gigabytes of some lines.
	mostNodes = 500_000
	mostDepth = 50
)

func (c *converter) value(n *yaml.Node, path string) error {
	c.nodes++
	c.depth++
	defer func() { c.depth-- }()
	if c.nodes > mostNodes || c.depth > mostDepth {
		return fmt.Errorf("line %d: too large, or too deep: aliases in aliases?", n.Line)
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return c.value(n.Content[0], path)
	case yaml.AliasNode:
		return c.value(n.Alias, path)
	case yaml.MappingNode:
		return c.mapping(n, path)
	case yaml.SequenceNode:
		return c.sequence(n, path)
	case yaml.ScalarNode:
		return c.scalar(n, path)
	default:
		return fmt.Errorf("line %d, column %d: it isn't clear what this is", n.Line, n.Column)
	}
}

func (c *converter) mapping(n *yaml.Node, path string) error {
	c.out.WriteByte('{')
	for i, pair := range pairs(n) {
		if i > 0 {
			c.out.WriteByte(',')
		}
		name, value := pair[0], pair[1]
		if name.Kind != yaml.ScalarNode {
			return fmt.Errorf("line %d, column %d: the name of a member must be text", name.Line, name.Column)
		}
		below := name.Value
		if path != "" {
			below = path + "." + name.Value
		}
		c.line(name)
		if err := c.text(name.Value); err != nil {
			return err
		}
		c.out.WriteByte(':')
		if err := c.value(value, below); err != nil {
			return err
		}
	}
	c.out.WriteByte('}')
	return nil
}

// pairs are the members of a mapping. What it merges (<<) comes after its own, and
// only where it has none of that name.
func pairs(n *yaml.Node) [][2]*yaml.Node {
	var own [][2]*yaml.Node
	var merged []*yaml.Node
	names := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		if name.ShortTag() == "!!merge" {
			merged = append(merged, value)
			continue
		}
		names[name.Value] = true
		own = append(own, [2]*yaml.Node{name, value})
	}
	for _, from := range merged {
		if from.Kind == yaml.AliasNode {
			from = from.Alias
		}
		if from.Kind != yaml.MappingNode || from == n {
			continue
		}
		for i := 0; i+1 < len(from.Content); i += 2 {
			if name := from.Content[i]; !names[name.Value] {
				names[name.Value] = true
				own = append(own, [2]*yaml.Node{name, from.Content[i+1]})
			}
		}
	}
	return own
}

func (c *converter) sequence(n *yaml.Node, path string) error {
	c.out.WriteByte('[')
	for i, element := range n.Content {
		if i > 0 {
			c.out.WriteByte(',')
		}
		c.line(element)
		if err := c.value(element, path+"["+strconv.Itoa(i)+"]"); err != nil {
			return err
		}
	}
	c.out.WriteByte(']')
	return nil
}

// scalar writes a value. A number of nine digits in a place for organisation
// numbers is one: nobody writes quotes there.
func (c *converter) scalar(n *yaml.Node, path string) error {
	switch n.ShortTag() {
	case "!!null", "!!bool", "!!int", "!!float":
		if isOrgNo(n.Value) && wantsOrgNo(path) {
			return c.text(n.Value)
		}
		var value any
		if err := n.Decode(&value); err != nil {
			return fmt.Errorf("line %d, column %d: %s", n.Line, n.Column, yamlerror.Text(err))
		}
		data, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("line %d, column %d: %q is no number that JSON knows", n.Line, n.Column, n.Value)
		}
		c.out.Write(data)
		return nil
	default:
		return c.text(n.Value)
	}
}

func isOrgNo(text string) bool { return len(text) == 9 && strings.Trim(text, "0123456789") == "" }

func wantsOrgNo(path string) bool {
	return strings.Contains(path, ".access[") || strings.HasSuffix(path, "orgno")
}

func (c *converter) text(text string) error {
	data, err := json.Marshal(text)
	c.out.Write(data)
	return err
}

// line begins a line for what is at a node.
func (c *converter) line(n *yaml.Node) {
	c.out.WriteByte('\n')
	c.lines = append(c.lines, place{n.Line, n.Column})
}

// withPlaces gives the problems the places that they have in the YAML.
func (c *converter) withPlaces(problem *desired.StateError) error {
	placed := &desired.StateError{}
	for _, p := range problem.Problems {
		at := c.lines[min(max(p.Line, 1), len(c.lines))-1]
		p.Line, p.Column = at.line, at.column
		placed.Problems = append(placed.Problems, p)
	}
	return placed
}
