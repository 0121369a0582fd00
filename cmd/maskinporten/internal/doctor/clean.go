package doctor

import (
	"regexp"
	"strings"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/terminal"
)

// longest is how much of a text of others is shown.
const longest = 600

// What may be in a text of others, and is not for everybody.
var (
	numberOfPerson = regexp.MustCompile(`\b\d{11}\b|\b\d{6}[ -]\d{5}\b`)
	looksLikeToken = regexp.MustCompile(`eyJ[\w-]+(\.[\w-]*)*`)
	looksLikeKey   = regexp.MustCompile(`-----BEGIN[^-]*PRIVATE KEY-----[\s\S]*`)
)

const hidden = "[hidden]"

// clean takes out of a step's texts what the service or the API may have quoted:
// the token, persons, keys, and what steers a terminal.
func (x *examination) clean(step Step) Step {
	step.Proof, step.Remedy = x.cleanText(step.Proof), x.cleanText(step.Remedy)
	return step
}

func (x *examination) cleanText(text string) string {
	for _, secret := range x.secrets() {
		if len(secret) >= 4 {
			text = strings.ReplaceAll(text, secret, hidden)
		}
	}
	for _, pattern := range []*regexp.Regexp{looksLikeKey, looksLikeToken, numberOfPerson} {
		text = pattern.ReplaceAllString(text, hidden)
	}
	text = terminal.Clean(strings.Join(strings.Fields(text), " "))
	if runes := []rune(text); len(runes) > longest {
		text = string(runes[:longest]) + "…"
	}
	return text
}

func (x *examination) secrets() []string {
	secrets := []string{x.Request.PID.Reveal(), x.Client.Options.Password.Reveal()}
	if consent, ok := x.Request.AuthorizationDetails.(maskinporten.Consent); ok {
		secrets = append(secrets, consent.From.Reveal())
	}
	if x.token.token != nil {
		secrets = append(secrets, x.token.token.AccessToken)
	}
	return secrets
}
