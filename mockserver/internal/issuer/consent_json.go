package issuer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

// Consent is a consent given in Altinn (urn:altinn:consent), as the mock was
// told of it. In JSON its members are those that a token has of it:
//
//	{"id":…,"from":…,"to":{"authority":…,"ID":…},"consented":…,"validTo":…,"consentRights":[…],…}
type Consent struct { //nolint:recvcheck // it is encoded by value, in others too
	// ID names it in the grant's authorization detail.
	ID string
	// From is who gave it; empty: whoever the grant names.
	From string
	// To is the number of the organisation that it was given to; empty: the
	// consumer that asks for the token.
	To string
	// Consented is when it was given, zero: when the token is asked for. ValidTo
	// is when it ends, zero: a year after that.
	Consented, ValidTo time.Time
	// Rights is the JSON array of what it allows; none: an empty array.
	Rights json.RawMessage
	// Others are its further members, which tokens carry as they are.
	Others map[string]json.RawMessage
}

// tokenConsent is a consent as a token has it, with its type.
type tokenConsent Consent

// MarshalJSON implements [json.Marshaler].
func (c tokenConsent) MarshalJSON() ([]byte, error) { return encodeConsent(Consent(c), typeConsent) }

// MarshalJSON implements [json.Marshaler].
func (c Consent) MarshalJSON() ([]byte, error) { return encodeConsent(c, "") }

func encodeConsent(c Consent, kind string) ([]byte, error) {
	var to *party
	if c.To != "" {
		to = new(newParty(c.To))
	}
	members, err := json.Marshal(struct {
		Type      string          `json:"type,omitzero"`
		ID        string          `json:"id"`
		From      string          `json:"from,omitzero"`
		To        *party          `json:"to,omitzero"`
		Consented time.Time       `json:"consented,omitzero"`
		ValidTo   time.Time       `json:"validTo,omitzero"`
		Rights    json.RawMessage `json:"consentRights,omitzero"`
	}{kind, c.ID, c.From, to, c.Consented, c.ValidTo, c.Rights})
	if err != nil || len(c.Others) == 0 {
		return members, err
	}
	others, err := json.Marshal(c.Others)
	if err != nil {
		return nil, err
	}
	return append(append(members[:len(members)-1], ','), others[1:]...), nil
}

// UnmarshalJSON reads a consent, with every member that it has.
func (c *Consent) UnmarshalJSON(data []byte) error {
	members, err := strictjson.Parse(data, strictjson.Bounds{})
	if err != nil {
		return fmt.Errorf("the consent: %w", err)
	}
	read := Consent{Others: map[string]json.RawMessage{}}
	for _, member := range members {
		if err := read.set(string(member.Name), member.Value); err != nil {
			return fmt.Errorf("%.80s: %w", member.Name, err)
		}
	}
	if len(read.Others) == 0 {
		read.Others = nil
	}
	*c = read
	return nil
}

// set reads one member. Null is what isn't there.
func (c *Consent) set(name string, value []byte) (err error) {
	if string(value) == "null" {
		return nil
	}
	switch name {
	case "id":
		c.ID, err = strictjson.Text(value)
	case "from":
		c.From, err = strictjson.Text(value)
	case "to":
		var to party
		if json.Unmarshal(value, &to) != nil {
			return errNoParty
		}
		var ok bool
		if c.To, ok = to.number(); !ok {
			return errNoParty
		}
	case "consented":
		c.Consented, err = readTime(value)
	case "validTo":
		c.ValidTo, err = readTime(value)
	case "consentRights":
		c.Rights = bytes.Clone(value)
	case "type":
		if kind, err := strictjson.Text(value); err != nil || kind != typeConsent {
			return errors.New("it is not " + typeConsent)
		}
	default:
		c.Others[name] = bytes.Clone(value)
	}
	return err
}

var errNoParty = errors.New(`an organisation such as {"authority":"iso6523-actorid-upis","ID":"0192:889640782"} is expected`)

func readTime(value []byte) (t time.Time, err error) {
	if t.UnmarshalJSON(value) != nil {
		return t, errors.New("a time such as 2026-03-04T05:06:07Z is expected")
	}
	return t, nil
}
