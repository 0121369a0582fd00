// Package lenient skips those refusals that rest on assumptions: nothing is
// published of what the real service does there.
package lenient

// Notes are the refusals that one request was spared. Nil notes are those of a
// strict server, which spares nothing. They belong to one goroutine.
type Notes struct{ refusals []error }

// Assumed is where a refusal that rests on an assumption is made. It returns the
// refusal, or notes it and returns nil: then the caller goes on as if there were
// no such rule. Where the refusal is nil, it returns nil.
func (n *Notes) Assumed(refusal error) error {
	if n == nil || refusal == nil {
		return refusal
	}
	n.refusals = append(n.refusals, refusal)
	return nil
}

// Texts are the refusals in the caller's words, in the order in which they would
// have been made; nil when there are none.
func (n *Notes) Texts(say func(error) string) []string {
	if n == nil || len(n.refusals) == 0 {
		return nil
	}
	texts := make([]string, len(n.refusals))
	for i, refusal := range n.refusals {
		texts[i] = say(refusal)
	}
	return texts
}
