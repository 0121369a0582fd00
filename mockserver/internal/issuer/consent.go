package issuer

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

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

// consent finds one that the issuer was told of.
func (i *Issuer) consent(id string) (Consent, bool) {
	i.mu.RLock()
	defer i.mu.RUnlock()
	consent, ok := i.consents[id]
	return consent, ok
}

// checkConsent finds the consent that a grant's detail names.
func (e *exchange) checkConsent(d detail) (any, error) {
	if err := d.only("", "type", "id", "from"); err != nil {
		return nil, err
	}
	id, err := d.value("id")
	if err != nil {
		return nil, err
	}
	from, err := d.value("from")
	if err != nil {
		return nil, err
	}
	consent, ok := e.consent(id)
	switch {
	case !ok:
		return nil, noneFits("Consent not found", "nobody told the mock of a consent "+quote(id))
	case consent.From != "" && consent.From != from:
		return nil, noneFits("Consent not found", "the consent "+quote(id)+" is not from whom the grant names")
	case consent.To != "" && consent.To != e.party.consumer:
		return nil, noneFits("Consent not found", "the consent "+quote(id)+" is to "+consent.To)
	}
	return consent.asked(from, e.party.consumer, e.now), nil
}

// asked is a consent as a token has it, with all that the mock wasn't told.
func (c Consent) asked(from, to string, now time.Time) tokenConsent {
	c.From, c.To = from, to
	if c.Consented.IsZero() {
		c.Consented = now.UTC().Truncate(time.Second)
	}
	if c.ValidTo.IsZero() {
		c.ValidTo = c.Consented.AddDate(1, 0, 0)
	}
	if len(c.Rights) == 0 {
		c.Rights = []byte("[]")
	}
	return tokenConsent(c)
}
