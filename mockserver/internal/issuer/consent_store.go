package issuer

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/orgno"
)

// SetConsent tells the issuer of a consent, in place of what it knew of the
// same ID. A consent without an ID, to no organisation, with Rights that are no
// JSON array or with a time that JSON can't carry is an error.
func (i *Issuer) SetConsent(consent Consent) error {
	switch {
	case consent.ID == "":
		return errors.New("a consent has an id")
	case consent.To != "" && !orgno.Valid(consent.To):
		return fmt.Errorf("to: %.80q is no organisation number", consent.To)
	}
	if rights := bytes.TrimSpace(consent.Rights); len(rights) > 0 && rights[0] != '[' {
		return errors.New("the consentRights are a JSON array")
	}
	if _, err := consent.MarshalJSON(); err != nil {
		return err
	}
	consent.Rights, consent.Others = bytes.Clone(consent.Rights), maps.Clone(consent.Others)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.consents[consent.ID] = consent
	return nil
}

// Consents returns those that were set, by ID.
func (i *Issuer) Consents() []Consent {
	i.mu.RLock()
	defer i.mu.RUnlock()
	return append([]Consent{}, slices.SortedFunc(maps.Values(i.consents), func(a, b Consent) int { return cmp.Compare(a.ID, b.ID) })...)
}

// consent finds one that was set.
func (i *Issuer) consent(id string) (Consent, bool) {
	i.mu.RLock()
	defer i.mu.RUnlock()
	consent, ok := i.consents[id]
	return consent, ok
}
