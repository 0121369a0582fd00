package statefile

import (
	"encoding/json"

	"go.yaml.in/yaml/v4"

	"github.com/maskinporten-go/maskinporten/desired"
)

// YAML writes a state as YAML, its members in the order of its JSON.
func YAML(state *desired.State) ([]byte, error) {
	data, err := json.Marshal(state)
	if err != nil {
		return nil, err
	}
	var root yaml.Node // JSON is YAML
	if err := yaml.Load(data, &root); err != nil {
		return nil, err
	}
	plain(&root)
	return yaml.Dump(&root, yaml.WithIndent(2))
}

// plain takes the braces and quotes of JSON away, where YAML doesn't need them.
func plain(n *yaml.Node) {
	n.Style = 0
	for _, below := range n.Content {
		plain(below)
	}
}
