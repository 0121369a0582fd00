package maskinporten

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
)

// TranslatedField is a text of a scope that may come in several languages.
type TranslatedField string

// The fields that can be translated.
const (
	FieldDescription     TranslatedField = "description"
	FieldLongDescription TranslatedField = "long_description"
)

// Translation returns the text of a field in a language ("en", "nn"), or the
// empty string if there is none. On the wire it is a flat key beside the
// field's own: "description#en".
func (s Scope) Translation(field TranslatedField, language string) string {
	return translation(s.Extra, field, language)
}

// SetTranslation sets the text of a field in a language; an empty text takes
// the translation away.
func (s *Scope) SetTranslation(field TranslatedField, language, text string) {
	s.Extra = withTranslation(s.Extra, field, language, text)
}

// SetTranslation sets the text of a field in a language; an empty text takes
// the translation away.
func (s *ScopeCreate) SetTranslation(field TranslatedField, language, text string) {
	s.Extra = withTranslation(s.Extra, field, language, text)
}

func translationKey(field TranslatedField, language string) string {
	return string(field) + "#" + language
}

func translation(extra map[string]json.RawMessage, field TranslatedField, language string) string {
	var text string
	if err := json.Unmarshal(extra[translationKey(field, language)], &text); err != nil {
		return "" // absent, or not a text
	}
	return text
}

func withTranslation(extra map[string]json.RawMessage, field TranslatedField, language, text string) map[string]json.RawMessage {
	key := translationKey(field, language)
	if text == "" {
		delete(extra, key)
		return extra
	}
	if extra == nil {
		extra = map[string]json.RawMessage{}
	}
	encoded, err := json.Marshal(text)
	if err == nil { // a string always encodes
		extra[key] = encoded
	}
	return extra
}

// translationsIn gathers the members of a scope that are translations, and
// nothing else; nil when there are none. Most scopes have none, and cost
// nothing but a look for the sign.
func translationsIn(data []byte) (map[string]json.RawMessage, error) {
	if bytes.IndexByte(data, '#') < 0 && !bytes.Contains(data, []byte(`\u0023`)) {
		return nil, nil //nolint:nilnil // no members, no map
	}
	for name := range memberNames(data) {
		if bytes.ContainsAny(name, `#\`) {
			return onlyTranslations(data)
		}
	}
	return nil, nil //nolint:nilnil // the sign is in a text
}

func onlyTranslations(data []byte) (map[string]json.RawMessage, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, err
	}
	maps.DeleteFunc(members, func(name string, _ json.RawMessage) bool { return !strings.Contains(name, "#") })
	if len(members) == 0 {
		return nil, nil //nolint:nilnil // an escaped name, but no translation
	}
	return members, nil
}
