package registry

import (
	"encoding/json"
	"regexp"
	"unicode/utf8"
)

// ScopeInput is a scope as somebody wants it: what [Registry.CreateScope] and
// [Registry.ReplaceScope] take, and what a JSON body is decoded into. Fields
// left at their zero value were not sent.
type ScopeInput struct {
	ScopeFields
	// Active: nil was not sent, and keeps the state or makes an active scope.
	Active *bool
	// OwnerOrgNo, if sent, must be the caller's.
	OwnerOrgNo string
}

// translationKey is the name of a translated field with its language:
// "description#en".
var translationKey = regexp.MustCompile(`^(long_)?description#[A-Za-z0-9-]{1,35}$`)

// UnmarshalJSON reads a body as sent to the self-service API. Translations
// are gathered, unknown fields and those that only answers have are dropped.
// The error is an [*Error] of kind Invalid that names the field.
func (in *ScopeInput) UnmarshalJSON(data []byte) error {
	if !utf8.Valid(data) {
		return invalid("Scope", "", "The body is not valid UTF-8")
	}
	var read ScopeInput
	if err := decodeInput("Scope", data, &read.ScopeFields); err != nil {
		return err
	}
	var others struct {
		Active     *bool  `json:"active"`
		OwnerOrgNo string `json:"owner_orgno"`
	}
	if err := decodeInput("Scope", data, &others); err != nil {
		return err
	}
	read.Active, read.OwnerOrgNo = others.Active, others.OwnerOrgNo
	var err error
	if read.Translations, err = readTranslations(data); err != nil {
		return err
	}
	*in = read
	return nil
}

// readTranslations gathers the flat keys such as "description#en"; nil when
// there are none.
func readTranslations(data []byte) (map[string]string, error) {
	var fields map[string]json.RawMessage
	if err := decodeInput("Scope", data, &fields); err != nil {
		return nil, err
	}
	translations := map[string]string{}
	for key, value := range fields {
		if !translationKey.MatchString(key) {
			continue
		}
		var text *string
		if json.Unmarshal(value, &text) != nil {
			return nil, invalid("Scope", key, "%s must be a string", key)
		}
		if text != nil {
			translations[key] = *text
		}
	}
	return translations, nil
}

// MarshalJSON writes the scope as the self-service API answers it, with its
// translations as flat keys after the other fields, in order.
func (s Scope) MarshalJSON() ([]byte, error) {
	type plain Scope // without this method
	data, err := json.Marshal(plain(s))
	if err != nil || len(s.Translations) == 0 {
		return data, err
	}
	translations, err := json.Marshal(s.Translations)
	if err != nil {
		return nil, err
	}
	data[len(data)-1] = ','
	return append(data, translations[1:]...), nil
}
