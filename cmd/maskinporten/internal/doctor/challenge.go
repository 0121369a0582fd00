package doctor

import (
	"net/http"
	"slices"
	"strings"
)

// challenge is one of those in WWW-Authenticate (RFC 9110, 11.6.1).
type challenge struct {
	scheme string
	params map[string]string
}

// challenges reads all that a header holds. What can't be read is left out.
func challenges(header http.Header) []challenge {
	var found []challenge
	for _, line := range header.Values("WWW-Authenticate") {
		for _, part := range splitOutsideQuotes(line) {
			first, rest, hasRest := strings.Cut(part, " ")
			if !strings.Contains(first, "=") { // a scheme, perhaps with its first parameter
				found = append(found, challenge{scheme: strings.ToLower(first), params: map[string]string{}})
				part = strings.TrimSpace(rest)
				if !hasRest {
					continue
				}
			}
			name, value, isParam := strings.Cut(part, "=")
			if isParam && len(found) > 0 {
				value = strings.ReplaceAll(strings.Trim(strings.TrimSpace(value), `"`), `\"`, `"`)
				found[len(found)-1].params[strings.ToLower(strings.TrimSpace(name))] = value
			}
		}
	}
	return found
}

// splitOutsideQuotes splits at commas that don't stand in quotes.
func splitOutsideQuotes(text string) []string {
	var parts []string
	quoted, escaped := false, false
	fields := strings.FieldsFunc(text, func(r rune) bool {
		switch {
		case escaped:
			escaped = false
		case quoted && r == '\\':
			escaped = true
		case r == '"':
			quoted = !quoted
		}
		return r == ',' && !quoted
	})
	for _, field := range fields {
		if field = strings.TrimSpace(field); field != "" {
			parts = append(parts, field)
		}
	}
	return parts
}

// explainRefusal reads why the API refused, and says what to do (RFC 6750, 3.1).
func (x *examination) explainRefusal() (why, remedy string) {
	all := challenges(x.call.header)
	at := slices.IndexFunc(all, func(c challenge) bool { return c.scheme == "bearer" || c.scheme == "dpop" })
	if at < 0 {
		return x.withoutBearer(all)
	}
	c := all[at]
	code, description := c.params["error"], c.params["error_description"]
	why = strings.TrimSpace(strings.Join([]string{code, description}, " "))
	lower := strings.ToLower(why)
	switch {
	case c.scheme == "dpop":
		return joinedBy("it wants DPoP tokens (RFC 9449)", "; ", why), "Maskinporten's tokens are bearer tokens: ask the API provider how theirs is called"
	case strings.Contains(lower, "audience") || strings.Contains(lower, "aud claim") || strings.Contains(lower, `"aud"`) || strings.HasSuffix(lower, " aud"):
		return why, x.audienceRemedy()
	case code == "insufficient_scope" || c.params["scope"] != "":
		wanted := c.params["scope"]
		if wanted == "" {
			return why, "ask the API provider which scope the call needs, and ask for a token with it"
		}
		return joinedBy(why, ": ", "it wants the scope "+wanted+", and the token has "+strings.Join(x.Request.Scopes, " ")), "ask for a token with " + wanted + "; the client must have it, and the organisation access"
	case strings.Contains(lower, "expired"), strings.Contains(lower, "not before"), strings.Contains(lower, "not yet valid"):
		return why, "the token is seconds old: the API's clock is probably wrong, tell its provider"
	case strings.Contains(lower, "issuer"), strings.Contains(lower, "signature"), strings.Contains(lower, "kid"):
		return why, "the API probably trusts another environment than " + x.Target.Issuer + ": check that its address belongs to this one"
	case code == "" && x.call.status == http.StatusUnauthorized:
		return joinedBy(why, "; ", "it doesn't say that it saw the token"), "a gateway on the way may take Authorization away, or want a key of its own; ask the API provider what it saw"
	}
	return why, x.refusedRemedy()
}

// audienceRemedy is for APIs that look for themselves in the token's aud.
func (x *examination) audienceRemedy() string {
	if len(x.Request.Resource) == 0 {
		return "ask for a token for this API: --resource with the value that the API provider documents (often its address)"
	}
	return "the token is for " + strings.Join(x.Request.Resource, " ") + ": check with the API provider which value it looks for"
}

// withoutBearer explains a refusal that doesn't ask for a bearer token.
func (x *examination) withoutBearer(all []challenge) (why, remedy string) {
	if len(all) > 0 && x.call.status == http.StatusUnauthorized {
		return "it asks for " + all[0].scheme + " in place of a bearer token", "this address isn't, or isn't only, protected by Maskinporten: ask the API provider"
	}
	return "it doesn't say why (no WWW-Authenticate)", x.refusedRemedy()
}

func (x *examination) refusedRemedy() string {
	if x.call.status == http.StatusForbidden {
		return "the token was read, and this organisation may not do this: ask the API provider; many keep a list of their own, or look at the consumer, the supplier or the system user in the token"
	}
	return "check that the API belongs to the environment of " + x.Target.Issuer + ", and ask its provider what it expects of the token (scope, aud)"
}
