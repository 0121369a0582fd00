package token

import "strings"

// Refusal is one way in which the token endpoint says no.
type Refusal int

// The refusals that are known.
const (
	Unknown Refusal = iota
	AccessNotGranted
	NotDelegated
	WrongIntegrationType
	ScopeNotRegistered
	UnknownKey
	KeyIDMissing
	KeyExpired
	ClientNotFound
	WrongAudience
	CertificateOfAnother
	InvalidCertificate
	InvalidCertificateHeader
	InvalidSignature
	GrantExpired
	GrantFromTheFuture
	GrantLivesTooLong
	GrantUsedBefore
	ConsumerIsSelf
	UnknownDetailType
	UnknownDetailField
	InvalidDetailOrNone // MP-303 without a word on which of its causes it is
	NoSuchDetail
	InvalidDetail
	InvalidParameter
	WrongGrantType
	Refusals // how many there are
)

// signs are how refusals are known. Real answers come without error_uri, and in
// other words than the documentation's, so each is known by its code and by
// pieces of its texts, in lower case.
var signs = []struct {
	code    string
	words   []string
	refusal Refusal
}{
	{"MP-250", []string{"not been granted access"}, AccessNotGranted},
	{"MP-251", []string{"has not delegated"}, NotDelegated},
	{"MP-201", []string{"not allowed for maskinporten"}, WrongIntegrationType},
	{"MP-200", []string{"invalid scopes for client", "invalid scope"}, ScopeNotRegistered},
	{"", []string{"unknown key identifier"}, UnknownKey},
	{"", []string{"requires pre-registered jwk"}, KeyIDMissing},
	{"MP-121", []string{"expired key", "key has expired", "key is expired"}, KeyExpired},
	{"MP-100", []string{"client not found"}, ClientNotFound},
	{"MP-110", []string{"claim aud"}, WrongAudience},
	{"MP-122", []string{"does not match certificate orgno"}, CertificateOfAnother},
	{"MP-120", []string{"invalid certificate"}, InvalidCertificate},
	{"MP-123", []string{"header x5c"}, InvalidCertificateHeader},
	{"MP-124", []string{"invalid jwt signature"}, InvalidSignature},
	{"MP-130", []string{"jwt is expired", "jwt has expired"}, GrantExpired},
	{"", []string{"issue time is after now", "issue time is in the future"}, GrantFromTheFuture},
	{"", []string{"too long lifetime"}, GrantLivesTooLong},
	{"MP-012", []string{"grant is used before"}, GrantUsedBefore},
	{"", []string{"combination consumer_org"}, ConsumerIsSelf},
	{"MP-301", nil, UnknownDetailType},
	{"MP-302", nil, UnknownDetailField},
	{"MP-303", nil, InvalidDetailOrNone},
	{"MP-011", []string{"invalid parameter value"}, InvalidParameter},
}

// byError is what RFC 6749 and RFC 9396 say a refusal is about, where no word
// of it is known.
var byError = map[string]Refusal{
	"invalid_scope":                         ScopeNotRegistered,
	"unsupported_grant_type":                WrongGrantType,
	"invalid_altinn_customer_configuration": NoSuchDetail,
	"invalid_authorization_details":         InvalidDetail,
}

// Recognise tells what a refusal is: by Maskinporten's code, else by its text,
// else by the error of OAuth2.
func Recognise(mp, oauthError, description string) Refusal {
	if refusal := byCode(mp); refusal == InvalidDetailOrNone && byError[oauthError] != Unknown {
		return byError[oauthError] // which tells its causes apart
	} else if refusal != Unknown {
		return refusal
	}
	text := strings.ToLower(description)
	for _, sign := range signs {
		for _, words := range sign.words {
			if strings.Contains(text, words) {
				return sign.refusal
			}
		}
	}
	return byError[oauthError]
}

func byCode(mp string) Refusal {
	if mp != "" {
		for _, sign := range signs {
			if sign.code == mp {
				return sign.refusal
			}
		}
	}
	return Unknown
}
