package registry

import (
	"slices"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/lenient"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// krrScopes are what every krr client has; clients of maskinporten may have
// them too.
var krrScopes = []string{"krr:global/kontaktinformasjon.read", "krr:global/digitalpost.read"}

// idportenScopes are all that an idporten client can have.
var idportenScopes = []string{"openid", "profile", "eidas", "no_pid"}

// fillFixedScopes holds the types to whose scopes nobody gives access.
func fillFixedScopes(c *Client, notes *lenient.Notes) error {
	switch c.IntegrationType {
	case KRR:
		return fillKRRScopes(c, notes)
	case IDPorten:
		for _, scope := range c.Scopes {
			if !slices.Contains(idportenScopes, scope) {
				return notLegal(c, "scopes", scope, idportenScopes)
			}
		}
	}
	return nil
}

// fillKRRScopes gives a krr client its scopes, whether they were sent or not.
func fillKRRScopes(c *Client, notes *lenient.Notes) error {
	scopes := krrScopes
	for _, scope := range c.Scopes {
		if slices.Contains(krrScopes, scope) {
			continue
		}
		if err := notes.Assumed(notLegal(c, "scopes", scope, krrScopes)); err != nil {
			return err
		}
		scopes = append(slices.Clip(scopes), scope)
	}
	c.Scopes = scopes
	return nil
}

// checkNewScopes refuses scopes that may not be put on a client: unknown or
// inactive ones, those not for its type, those its organisation has no access
// to. Scopes in before are on the client already, and may stay whatever
// became of them: access is looked at again when a token is asked for.
func (r *Registry) checkNewScopes(c *Client, before []string) error {
	if len(c.Scopes) == 0 && c.IntegrationType == Maskinporten && r.config.Variants.Has(variants.ScopelessClientRefused) {
		return invalid("Client", "scopes", "a client of type %s needs at least one scope", c.IntegrationType)
	}
	for _, name := range c.Scopes {
		if slices.Contains(before, name) {
			continue
		}
		s, ok := r.currentScope(name)
		switch {
		case !ok:
			return invalid("Client", "scopes", "Scope %s does not exist", quoteShort(name))
		case len(s.AllowedIntegrationTypes) > 0 && !slices.Contains(s.AllowedIntegrationTypes, c.IntegrationType):
			return invalid("Client", "scopes", "Scope %s is not allowed for integration_type %s", name, c.IntegrationType)
		case !s.Active:
			return invalid("Client", "scopes", "Scope %s is deactivated", name)
		case s.DelegationSource == "" && !r.currentAccess(s, c.ClientOrgNo):
			return invalid("Client", "scopes", "Organization %s has not been granted access to the scope %s", c.ClientOrgNo, name)
		}
	}
	return nil
}
