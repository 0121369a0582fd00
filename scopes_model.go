package maskinporten

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/wire"
)

// Scope is a right that an organisation offers: the right to call an API, or
// a part of it.
type Scope struct { //nolint:recvcheck // only SetTranslation changes it
	// Prefix is the first part of the name. It belongs to the owner, and
	// never changes.
	Prefix string `json:"prefix,omitzero"`
	// Subscope is the rest of the name. It never changes.
	Subscope string `json:"subscope,omitzero"`
	// Name is prefix:subscope, as tokens carry it. The service derives it.
	Name string `json:"name,omitzero"`
	// Description says in a line what the scope gives. It is required.
	Description string `json:"description,omitzero"`
	// LongDescription says more: letters, digits and light Markdown.
	LongDescription string `json:"long_description,omitzero"`
	// OwnerOrgNo is the organisation that owns the scope.
	OwnerOrgNo OrgNo `json:"owner_orgno,omitzero"`
	// Active: clients get tokens for the scope.
	Active bool `json:"active"`
	// Visibility says who finds the scope in the public list.
	Visibility Visibility `json:"visibility,omitzero"`
	// AllowedIntegrationTypes are the types of clients that may have the
	// scope; empty: any.
	AllowedIntegrationTypes []IntegrationType `json:"allowed_integration_types,omitzero"`
	// TokenType is the kind of access token.
	TokenType TokenType `json:"token_type,omitzero"`
	// AccessibleForAll lets every organisation use the scope without being
	// given access.
	AccessibleForAll bool `json:"accessible_for_all"`
	// DelegationSource is where consumers delegate the scope to suppliers:
	// the issuer of one of [ScopesService.DelegationSources]; empty: nowhere.
	DelegationSource string `json:"delegation_source,omitzero"`
	// AtMaxAge is the lifetime of access tokens in seconds; 0: the client's.
	AtMaxAge int `json:"at_max_age"`
	// AuthorizationMaxLifetime is the longest life in seconds of what a
	// person has authorized; 0: the client's.
	AuthorizationMaxLifetime int `json:"authorization_max_lifetime"`
	// RequiresUserConsent asks the person before a token is given.
	RequiresUserConsent bool `json:"requires_user_consent"`
	// RequiresUserAuthentication gives tokens only to clients with a signed-in
	// person.
	RequiresUserAuthentication bool `json:"requires_user_authentication"`
	// RequiresPseudonymousTokens keeps the person's identity number out of
	// tokens.
	RequiresPseudonymousTokens bool `json:"requires_pseudonymous_tokens"`
	// EnforcedAudForAccessToken is an audience (aud) that tokens carry, whether the
	// client asks for it or not.
	EnforcedAudForAccessToken string `json:"enforced_aud_for_access_token,omitzero"`
	// Protected and SupportsEuropeanBusinesses came in 2026 and are not described
	// yet. Digdir decides the first.
	Protected                  bool `json:"protected"`
	SupportsEuropeanBusinesses bool `json:"supports_european_businesses"`
	// Created and LastUpdated are the service's.
	Created     time.Time `json:"created,omitzero"`
	LastUpdated time.Time `json:"last_updated,omitzero"`
	// Extra holds the fields that this version doesn't know, translations
	// among them ("description#en"): see [Scope.Translation]. In lists it
	// holds the translations only.
	Extra map[string]json.RawMessage `json:"-"`
}

// Visibility says who finds a scope in the public list.
type Visibility string

// The visibilities.
const (
	// VisibilityPublic scopes are in everyone's list.
	VisibilityPublic Visibility = "PUBLIC"
	// VisibilityPrivate scopes are seen by the owner and by those who were
	// given access.
	VisibilityPrivate Visibility = "PRIVATE"
	// VisibilityInternal is for Digdir only.
	VisibilityInternal Visibility = "INTERNAL"
)

// TokenType is the kind of access token that a scope yields.
type TokenType string

// The token types.
const (
	// TokenTypeSelfContained is a signed JWT that APIs check by themselves.
	// It is the service's default.
	TokenTypeSelfContained TokenType = "SELF_CONTAINED"
	// TokenTypeOpaque is a reference: APIs ask the issuer what it stands for.
	TokenTypeOpaque TokenType = "OPAQUE"
)

// ScopeCreate is a scope to be made. What is left out gets the service's
// default.
type ScopeCreate struct { //nolint:recvcheck // only SetTranslation changes it
	// Prefix is one of the own organisation's ([ScopesService.Prefixes]).
	// Required.
	Prefix string `json:"prefix"`
	// Subscope is the rest of the name: letters, digits, and . _ - : / within.
	// Required.
	Subscope string `json:"subscope"`
	// Description says in a line what the scope gives. Required.
	Description string `json:"description"`
	// LongDescription says more: letters, digits and light Markdown.
	LongDescription string `json:"long_description,omitzero"`
	// Visibility says who finds the scope in the public list.
	Visibility Visibility `json:"visibility,omitzero"`
	// AllowedIntegrationTypes are the types of clients that may have it;
	// empty: any.
	AllowedIntegrationTypes []IntegrationType `json:"allowed_integration_types,omitzero"`
	// TokenType is the kind of access token; empty: self-contained.
	TokenType TokenType `json:"token_type,omitzero"`
	// AccessibleForAll lets every organisation use it without being given
	// access.
	AccessibleForAll bool `json:"accessible_for_all,omitzero"`
	// DelegationSource is where consumers delegate it to suppliers: an issuer
	// of [ScopesService.DelegationSources].
	DelegationSource string `json:"delegation_source,omitzero"`
	// AtMaxAge is the lifetime of access tokens in seconds; 0: the client's.
	AtMaxAge int `json:"at_max_age,omitzero"`
	// AuthorizationMaxLifetime is the longest life in seconds of what a
	// person has authorized; 0: the client's.
	AuthorizationMaxLifetime int `json:"authorization_max_lifetime,omitzero"`
	// The rest as in [Scope].
	RequiresUserConsent        bool   `json:"requires_user_consent,omitzero"`
	RequiresUserAuthentication bool   `json:"requires_user_authentication,omitzero"`
	RequiresPseudonymousTokens bool   `json:"requires_pseudonymous_tokens,omitzero"`
	EnforcedAudForAccessToken  string `json:"enforced_aud_for_access_token,omitzero"`
	Protected                  bool   `json:"protected,omitzero"`
	SupportsEuropeanBusinesses bool   `json:"supports_european_businesses,omitzero"`
	// Extra are further fields to send, such as translations: see
	// [ScopeCreate.SetTranslation].
	Extra map[string]json.RawMessage `json:"-"`
}

type (
	scopeFields       Scope
	scopeCreateFields ScopeCreate
)

// UnmarshalJSON keeps fields that this version doesn't know in Extra.
func (s *Scope) UnmarshalJSON(data []byte) error {
	return wire.UnmarshalExtra(data, (*scopeFields)(s), &s.Extra, "name")
}

// listedScope gives a scope of a list its translations.
func listedScope(fields *scopeFields, text []byte) (*Scope, error) {
	extra, err := translationsIn(text)
	fields.Extra = extra
	return (*Scope)(fields), err
}

// MarshalJSON writes the fields in Extra beside the others.
func (s Scope) MarshalJSON() ([]byte, error) { return wire.MarshalExtra(scopeFields(s), s.Extra) }

// MarshalJSON writes the fields in Extra beside the others.
func (s ScopeCreate) MarshalJSON() ([]byte, error) {
	return wire.MarshalExtra(scopeCreateFields(s), s.Extra)
}

// checkSeconds refuses negative lifetimes; 0 is the service's default.
func checkSeconds(operationName, argument string, seconds int) error {
	if seconds < 0 {
		return invalidArgument(operationName, argument, fmt.Sprintf("is %d: seconds can't be negative", seconds))
	}
	return nil
}

func checkDescription(operationName, description string) error {
	if description == "" {
		return invalidArgument(operationName, "Description", "is empty: every scope needs one")
	}
	return nil
}

func (s ScopeCreate) check(c *caller, operationName string) error {
	return firstError(
		c.checkPrefix(operationName, s.Prefix),
		c.checkScopeName(operationName, s.Prefix+":"+s.Subscope),
		checkDescription(operationName, s.Description),
		checkSeconds(operationName, "AtMaxAge", s.AtMaxAge),
		checkSeconds(operationName, "AuthorizationMaxLifetime", s.AuthorizationMaxLifetime),
	)
}

// checkChange refuses a change of what never changes. The service would refuse it
// too, but doesn't name the field.
func (s Scope) checkChange(operationName string, was Scope) error {
	for _, fixed := range []struct{ argument, now, was string }{
		{"Prefix", s.Prefix, was.Prefix},
		{"Subscope", s.Subscope, was.Subscope},
		{"Name", s.Name, was.Name},
		{"OwnerOrgNo", string(s.OwnerOrgNo), string(was.OwnerOrgNo)},
	} {
		if fixed.now != fixed.was {
			return invalidArgument(operationName, fixed.argument, fmt.Sprintf("was changed from %s to %s: it never changes", errtext.Quoted(fixed.was), errtext.Quoted(fixed.now)))
		}
	}
	return firstError(
		checkDescription(operationName, s.Description),
		checkSeconds(operationName, "AtMaxAge", s.AtMaxAge),
		checkSeconds(operationName, "AuthorizationMaxLifetime", s.AuthorizationMaxLifetime),
	)
}

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

// translationsIn returns the members of a scope that are translations; nil when
// there are none, as in most scopes, where it only looks for the sign.
func translationsIn(data []byte) (map[string]json.RawMessage, error) {
	if bytes.IndexByte(data, '#') < 0 && !bytes.Contains(data, []byte(`\u0023`)) {
		return nil, nil //nolint:nilnil // no members, no map
	}
	for name := range wire.MemberNames(data) {
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
