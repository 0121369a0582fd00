package journal

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// storable is what of a body the journal may hold: private keys and secrets are
// never stored, not even until somebody asks. Few bodies hold a name that could
// be that of a secret; only those are taken apart at once.
func storable(body []byte) []byte {
	body = bytes.TrimSpace(body)
	if len(body) == 0 || !bytes.ContainsRune([]byte("{[-"), rune(body[0])) {
		return nil
	}
	switch {
	case isPublicPEM(body), body[0] != '-' && !namesSecret(body):
		return body
	default:
		return withoutSecrets(body)
	}
}

// namesSecret reports whether a name of secretMembers may be among the strings of
// a JSON text. Where there is a backslash it says so without looking further.
func namesSecret(text []byte) bool {
	if bytes.IndexByte(text, '\\') >= 0 {
		return true
	}
	for {
		_, rest, _ := bytes.Cut(text, []byte{'"'})
		name, after, ok := bytes.Cut(rest, []byte{'"'})
		if !ok {
			return false
		}
		if isSecretMember(string(name)) {
			return true
		}
		text = after
	}
}

func isSecretMember(name string) bool {
	return slices.ContainsFunc(secretMembers, func(secret string) bool { return len(secret) == len(name) && strings.EqualFold(secret, name) })
}

func isPublicPEM(body []byte) bool {
	return bytes.HasPrefix(body, []byte("-----BEGIN ")) && !bytes.Contains(body, []byte("PRIVATE"))
}

// withoutSecrets is what of a body may be shown: JSON without what is secret, and
// public PEM text as a JSON string. Anything else may be a secret.
func withoutSecrets(body []byte) json.RawMessage {
	body = bytes.TrimSpace(body)
	if isPublicPEM(body) {
		text, _ := json.Marshal(string(body)) // a string always can be
		return text
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil || decoder.More() {
		return nil
	}
	switch value.(type) {
	case map[string]any, []any:
		masked, _ := json.Marshal(mask(value)) // it came out of JSON
		return masked
	}
	return nil
}

// secretMembers are those whose values nobody shall see: private parts of keys
// (RFC 7518, 6), secrets, tokens and passwords.
var secretMembers = []string{
	"d", "p", "q", "dp", "dq", "qi", "oth", "k",
	"client_secret", "password", "secret", "assertion", "client_assertion", "access_token", "refresh_token", "id_token", "token", "code",
}

// mask replaces what is secret, however deep it lies.
func mask(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			if isSecretMember(name) {
				value[name] = "***"
				continue
			}
			value[name] = mask(member)
		}
	case []any:
		for i, element := range value {
			value[i] = mask(element)
		}
	case string:
		if strings.Contains(value, "PRIVATE KEY") {
			return "***"
		}
	}
	return value
}
