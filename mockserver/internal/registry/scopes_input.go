package registry

import (
	"encoding/json"
	"strings"
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

const longestLanguage = 35

// isTranslation reports whether a key is the name of a translated field with
// its language: "description#en".
func isTranslation(key string) bool {
	field, language, _ := strings.Cut(key, "#")
	return (field == "description" || field == "long_description") &&
		language != "" && len(language) <= longestLanguage && consistsOf(language, alphanumeric+"-")
}

// UnmarshalJSON reads a body as sent to the self-service API. Translations
// are gathered, unknown fields and those that only answers have are dropped.
// The error is an [*Error] of kind Invalid that names the field.
func (in *ScopeInput) UnmarshalJSON(data []byte) error {
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
	var sent map[string]json.RawMessage // flat keys, of which no type knows
	if err := decodeInput("Scope", data, &sent); err != nil {
		return err
	}
	var err error
	read.Translations, err = readTranslations(sent)
	*in = read
	return err
}

// readTranslations gathers the flat keys such as "description#en"; nil when
// there are none.
func readTranslations(sent map[string]json.RawMessage) (translations map[string]string, err error) {
	for key, value := range sent {
		if !isTranslation(key) {
			continue
		}
		var text *string
		if json.Unmarshal(value, &text) != nil {
			return nil, invalid("Scope", key, "%s must be a string", key)
		}
		if text == nil {
			continue
		}
		if translations == nil {
			translations = map[string]string{}
		}
		translations[key] = *text
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
