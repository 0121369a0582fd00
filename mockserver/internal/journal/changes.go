package journal

import "github.com/maskinporten-go/maskinporten/mockserver/internal/registry"

// Change is an entry of the audit log, as the control API shows it.
type Change struct {
	Environment string `json:"environment"`
	registry.Event
}

// Note remembers a change.
func (j *Journal) Note(environment string, event registry.Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.changes.Add(Change{environment, event})
}

// Changes are those that are remembered, oldest first.
func (j *Journal) Changes() []Change {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.changes.All()
}
