package doctor

import (
	"encoding/json"
	"slices"
)

// Verdict is what was found at a step.
type Verdict string

// The verdicts.
const (
	// OK: it is as it should be.
	OK Verdict = "ok"
	// Warn: it works, and will not for long, or not everywhere.
	Warn Verdict = "warn"
	// Fail: it must be fixed.
	Fail Verdict = "fail"
	// Skipped: it can't be seen before something else is fixed.
	Skipped Verdict = "skipped"
)

// Step is one thing that must be right.
type Step struct {
	Name    string  `json:"name"`
	Verdict Verdict `json:"verdict"`
	// Proof is what was seen.
	Proof string `json:"proof"`
	// Remedy is what to do, where something is to be done.
	Remedy string `json:"remedy,omitzero"`
	// Used names what was looked at.
	Used []string `json:"used,omitzero"`
}

// What steps look at.
const (
	usedKey      = "key file"
	usedMetadata = "metadata"
	usedDate     = "the answer's Date"
	usedAdmin    = "admin client"
	usedPublic   = "public list of scopes"
	usedToken    = "token request"
	usedAPI      = "API"
)

// Report is what was found, in the order in which things must be right.
type Report struct {
	Issuer   string
	ClientID string
	Scopes   []string
	Steps    []Step
}

// First is what must be fixed first, nil if nothing must.
func (r Report) First() *Step {
	for i := range r.Steps {
		if r.Steps[i].Verdict == Fail {
			return &r.Steps[i]
		}
	}
	return nil
}

// Healthy reports whether nothing must be fixed.
func (r Report) Healthy() bool { return r.First() == nil }

// Count is how many steps have a verdict.
func (r Report) Count(verdict Verdict) int {
	n := 0
	for _, step := range r.Steps {
		if step.Verdict == verdict {
			n++
		}
	}
	return n
}

// Used is all that was looked at, each once.
func (r Report) Used() []string {
	var all []string
	for _, step := range r.Steps {
		for _, used := range step.Used {
			if !slices.Contains(all, used) {
				all = append(all, used)
			}
		}
	}
	return all
}

// MarshalJSON writes it with what follows from the steps.
func (r Report) MarshalJSON() ([]byte, error) {
	first := ""
	if step := r.First(); step != nil {
		first = step.Name
	}
	return json.Marshal(struct {
		Healthy  bool     `json:"healthy"`
		First    string   `json:"first,omitzero"`
		Issuer   string   `json:"issuer"`
		ClientID string   `json:"client_id"`
		Scopes   []string `json:"scopes"`
		Steps    []Step   `json:"steps"`
	}{r.Healthy(), first, r.Issuer, r.ClientID, append([]string{}, r.Scopes...), r.Steps})
}

func ok(name, proof string, used ...string) *Step {
	return &Step{Name: name, Verdict: OK, Proof: proof, Used: used}
}

func warn(name, proof, remedy string, used ...string) *Step {
	return &Step{Name: name, Verdict: Warn, Proof: proof, Remedy: remedy, Used: used}
}

func fail(name, proof, remedy string, used ...string) *Step {
	return &Step{Name: name, Verdict: Fail, Proof: proof, Remedy: remedy, Used: used}
}

func skipped(name, why string) *Step {
	return &Step{Name: name, Verdict: Skipped, Proof: why}
}
