package registry

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/lenient"
)

// ofLongDescriptions are letters, digits and light Markdown.
const ofLongDescriptions = alphanumeric + "ÆØÅæøåÉéÜüÑñÇç \t\n\f\r.,-_:;!?'\"()/*[]#"

// isSubscope: no blanks, and neither "/" nor ":" at the ends.
func isSubscope(text string) bool {
	return text != "" && consistsOf(text, alphanumeric+"._-:/") && strings.Trim(text, ":/") == text
}

const longestSubscope = 255

// isScopeToken reports whether OAuth 2.0 lets a text be part of a scope's name
// (RFC 6749, section 3.3).
func isScopeToken(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c > '~' || c == '"' || c == '\\' })
}

// newScopeFields checks the fields of a scope and returns a copy of them with
// the defaults filled in. Prefix and subscope have rules of their own.
func (r *Registry) newScopeFields(sent ScopeFields, notes *lenient.Notes) (ScopeFields, error) {
	for _, check := range []func(ScopeFields) error{
		checkDescriptions, checkEnumerations, checkLifetimes, r.checkDelegationSource,
	} {
		if err := check(sent); err != nil {
			return ScopeFields{}, err
		}
	}
	if err := checkVisibility(sent, notes); err != nil {
		return ScopeFields{}, err
	}
	f := sent
	f.AllowedIntegrationTypes, f.Translations = nil, nil // none at all is how no restriction is stored
	if len(sent.AllowedIntegrationTypes) > 0 {
		f.AllowedIntegrationTypes = withoutDoubles(sent.AllowedIntegrationTypes)
	}
	if len(sent.Translations) > 0 {
		f.Translations = maps.Clone(sent.Translations)
	}
	f.TokenType = cmp.Or(f.TokenType, tokenSelfContained)
	f.Visibility = cmp.Or(f.Visibility, visibilityPrivate)
	return f, nil
}

func checkDescriptions(f ScopeFields) error {
	if strings.TrimSpace(f.Description) == "" {
		return invalid("Scope", "description", "A description is required")
	}
	if err := checkLongDescription("long_description", f.LongDescription); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(f.Translations)) {
		if !isTranslation(key) {
			return invalid("Scope", key, "%s is not a translation", quoteShort(key))
		}
		if strings.HasPrefix(key, "long_") {
			if err := checkLongDescription(key, f.Translations[key]); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkLongDescription(field, text string) error {
	if !consistsOf(text, ofLongDescriptions) {
		return invalid("Scope", field, "%s may hold letters, digits and light Markdown only", field)
	}
	return nil
}

func checkEnumerations(f ScopeFields) error {
	for _, t := range f.AllowedIntegrationTypes {
		if !slices.Contains(integrationTypes, t) {
			return invalid("Scope", "allowed_integration_types", "Unknown integration type %s", quoteShort(t))
		}
	}
	if !slices.Contains([]string{"", tokenSelfContained, tokenOpaque}, f.TokenType) {
		return invalid("Scope", "token_type", "Unknown token type %s", quoteShort(f.TokenType))
	}
	if !slices.Contains([]string{"", visibilityPublic, visibilityPrivate, visibilityInternal}, f.Visibility) {
		return invalid("Scope", "visibility", "Unknown visibility %s", quoteShort(f.Visibility))
	}
	return nil
}

func checkLifetimes(f ScopeFields) error {
	if f.AtMaxAge < 0 {
		return invalid("Scope", "at_max_age", "at_max_age must be 0 or more")
	}
	if f.AuthorizationMaxLifetime < 0 {
		return invalid("Scope", "authorization_max_lifetime", "authorization_max_lifetime must be 0 or more")
	}
	return nil
}

func (r *Registry) checkDelegationSource(f ScopeFields) error {
	if f.DelegationSource != "" && !r.isDelegationSource(f.DelegationSource) {
		return invalid("Scope", "delegation_source", "Unknown delegation source %s", quoteShort(f.DelegationSource))
	}
	return nil
}

// checkVisibility comes last: a wrong value is the caller's to mend, INTERNAL
// never is.
func checkVisibility(f ScopeFields, notes *lenient.Notes) error {
	if f.Visibility == visibilityInternal {
		return notes.Assumed(forbidden("Scope", "Only Digdir can make a scope INTERNAL"))
	}
	return nil
}

// checkName decides whether a new scope can be called so. What no token can
// speak of, a name with a blank for one, is never let through.
func checkName(prefix, subscope string, notes *lenient.Notes) error {
	switch {
	case prefix == "":
		return invalid("Scope", "prefix", "A prefix is required")
	case subscope == "":
		return invalid("Scope", "subscope", "A subscope is required")
	case len(subscope) > longestSubscope && isScopeToken(subscope):
		return notes.Assumed(invalid("Scope", "subscope", "The subscope is longer than %d characters", longestSubscope))
	case !isSubscope(subscope), strings.Contains(subscope, ".."):
		refusal := invalid("Scope", "subscope", "Invalid subscope %s: letters, digits and ._-:/ are allowed, "+
			"not two dots in a row, and neither / nor : at the ends", quoteShort(subscope))
		if isScopeToken(subscope) {
			return notes.Assumed(refusal)
		}
		return refusal
	default:
		return nil
	}
}

// checkPrefix decides whether the caller can create scopes under a prefix.
func (r *Registry) checkPrefix(caller, prefix string) error {
	switch {
	case r.hasPrefix(caller, prefix):
		return nil
	case len(r.prefixes.groups[caller]) == 0:
		return forbidden("Scope", "Organization %s has no prefix and cannot create scopes: Digdir assigns prefixes on order", caller)
	default:
		return forbidden("Scope", "Prefix %s does not belong to organization %s", quoteShort(prefix), caller)
	}
}

// checkUnchanged refuses a body whose prefix, subscope or owner, where sent,
// is not that of the scope. Where it isn't refused it isn't heeded.
func checkUnchanged(s *Scope, in ScopeInput, notes *lenient.Notes) error {
	for _, field := range []struct{ name, sent, is string }{
		{"prefix", in.Prefix, s.Prefix},
		{"subscope", in.Subscope, s.Subscope},
		{"owner_orgno", in.OwnerOrgNo, s.OwnerOrgNo},
	} {
		if field.sent == "" || field.sent == field.is {
			continue
		}
		if err := notes.Assumed(invalid("Scope", field.name, "The %s of a scope cannot be changed", field.name)); err != nil {
			return err
		}
	}
	return nil
}
