package issuer

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Consent is a consent given in Altinn (urn:altinn:consent), as the mock was
// told of it.
type Consent struct {
	// ID names it in the grant's authorization detail.
	ID string `json:"id"`
	// From is who gave it; empty: whoever the grant names.
	From string `json:"from,omitzero"`
	// Consented is when it was given, ValidTo when it ends.
	Consented time.Time `json:"consented,omitzero"`
	ValidTo   time.Time `json:"validTo,omitzero"`
	// Rights is the JSON array of what it allows; none: an empty array.
	Rights json.RawMessage `json:"consentRights,omitzero"`
}

// consentDetail is what a token says of a consent.
type consentDetail struct {
	Type      string          `json:"type"`
	ID        string          `json:"id"`
	From      string          `json:"from"`
	Consented time.Time       `json:"consented"`
	ValidTo   time.Time       `json:"validTo"`
	Rights    json.RawMessage `json:"consentRights"`
}

// SetConsent tells the issuer of a consent, in place of what it knew of the
// same ID. A consent without an ID, with Rights that are no JSON array or
// with a time that JSON can't carry is an error.
func (i *Issuer) SetConsent(consent Consent) error {
	if consent.ID == "" {
		return errors.New("issuer: a consent has an id")
	}
	if rights := bytes.TrimSpace(consent.Rights); len(rights) > 0 && rights[0] != '[' {
		return errors.New("issuer: the consentRights are a JSON array")
	}
	if _, err := json.Marshal(consent); err != nil {
		return fmt.Errorf("issuer: %w", err)
	}
	consent.Rights = bytes.Clone(consent.Rights)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.consents[consent.ID] = consent
	return nil
}

// Consents returns those that the issuer was told of, by ID.
func (i *Issuer) Consents() []Consent {
	i.mu.RLock()
	defer i.mu.RUnlock()
	all := make([]Consent, 0, len(i.consents))
	for _, consent := range i.consents {
		all = append(all, consent)
	}
	slices.SortFunc(all, func(a, b Consent) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// Consent returns a consent. What the issuer wasn't told is given now, for a
// year, and allows nothing by name.
func (i *Issuer) Consent(id string) Consent {
	i.mu.RLock()
	consent := i.consents[id]
	i.mu.RUnlock()
	consent.ID = id
	if consent.Consented.IsZero() {
		consent.Consented = i.config.Now().UTC().Truncate(time.Second)
	}
	if consent.ValidTo.IsZero() {
		consent.ValidTo = consent.Consented.AddDate(1, 0, 0)
	}
	if len(consent.Rights) == 0 {
		consent.Rights = json.RawMessage("[]")
	}
	return consent
}

func (c Consent) detail(from string) consentDetail {
	return consentDetail{Type: typeConsent, ID: c.ID, From: from, Consented: c.Consented, ValidTo: c.ValidTo, Rights: c.Rights}
}
