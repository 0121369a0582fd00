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

// wireName is what every field but the translations looks like.
var wireName = regexp.MustCompile(`^[a-z_]+$`)

// UnmarshalJSON reads a body as sent to the self-service API. Translations
// are gathered, unknown fields and those that only answers have are dropped.
// The error is an [*Error] of kind Invalid that names the field.
func (in *ScopeInput) UnmarshalJSON(data []byte) error {
	if !utf8.Valid(data) {
		return invalid("Scope", "", "The body is not valid UTF-8")
	}
	var sent map[string]json.RawMessage
	if err := decodeInput("Scope", data, &sent); err != nil {
		return err
	}
	translations, err := readTranslations(sent)
	if err != nil {
		return err
	}
	if data, err = exactFields(sent); err != nil {
		return err
	}
	read := ScopeInput{}
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
	read.Active, read.OwnerOrgNo, read.Translations = others.Active, others.OwnerOrgNo, translations
	*in = read
	return nil
}

// readTranslations gathers the flat keys such as "description#en"; nil when
// there are none.
func readTranslations(sent map[string]json.RawMessage) (translations map[string]string, err error) {
	for key, value := range sent {
		if !translationKey.MatchString(key) {
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

// exactFields writes again what was sent, without the fields whose names
// encoding/json would take for others: it doesn't mind the case, the real
// service does.
func exactFields(sent map[string]json.RawMessage) ([]byte, error) {
	fields := make(map[string]json.RawMessage, len(sent))
	for key, value := range sent {
		if wireName.MatchString(key) {
			fields[key] = value
		}
	}
	return json.Marshal(fields)
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
