package restapi

import "github.com/maskinporten-go/maskinporten/mockserver/internal/registry"

func listScopes(c *call, inactive bool) (any, error) {
	scopes, err := c.config.Registry.Scopes(c.identity.OrgNo, registry.ScopeFilter{Inactive: inactive, Name: c.query("scope")})
	return listed(c, scopes, err, "Organization "+c.identity.OrgNo+" does not have any scopes")
}

func getScope(c *call, name string) (any, error) {
	return c.config.Registry.Scope(c.identity.OrgNo, name)
}

func createScope(c *call, in registry.ScopeInput) (any, error) {
	return c.config.Registry.CreateScope(c.caller(), in)
}

func replaceScope(c *call, name string) (any, error) {
	var in registry.ScopeInput
	if err := readJSON(c.Request, &in); err != nil {
		return nil, err
	}
	return c.config.Registry.ReplaceScope(c.caller(), name, in)
}

func deactivateScope(c *call, name string) (any, error) {
	return c.config.Registry.DeactivateScope(c.caller(), name)
}

func publicScopes(c *call) (any, error) {
	filter := registry.PublicFilter{Prefix: c.query("prefix"), IntegrationType: c.query("integration_type")}
	for name, to := range map[string]*bool{
		"inactive": &filter.Inactive, "delegated_sources": &filter.DelegatedSources, "accessible_for_all": &filter.AccessibleForAll,
	} {
		var err error
		if *to, err = c.flag(name); err != nil {
			return nil, err
		}
	}
	scopes, err := c.config.Registry.PublicScopes(filter)
	if !filter.DelegatedSources { // the other lists of this call are never an error
		return scopes, err
	}
	return listed(c, scopes, err, "Maskinporten does not have any scopes with a delegation source")
}

func ownPrefixes(c *call) (any, error) {
	prefixes := c.config.Registry.Prefixes(c.identity.OrgNo)
	return listed(c, prefixes, nil, "Organization "+c.identity.OrgNo+" does not have any prefixes")
}

func allPrefixes(c *call, inactive bool) (any, error) {
	return c.config.Registry.AllPrefixes(inactive), nil
}

func delegationSources(c *call) (any, error) { return c.config.Registry.DelegationSources(), nil }

func organization(c *call) (any, error) {
	found, err := c.config.Registry.Organization(c.param("orgno"))
	if err != nil {
		return nil, err
	}
	return struct {
		OrgNo string `json:"orgnr"` // so it is called here
		Name  string `json:"name"`
	}{found.OrgNo, found.Name}, nil
}

func accessGiven(c *call, inactive bool) (any, error) {
	filter := registry.AccessFilter{Scope: c.query("scope"), ConsumerOrgNo: c.query("consumer_orgno"), Inactive: inactive}
	accesses, err := c.config.Registry.AccessGiven(c.identity.OrgNo, filter)
	return listed(c, accesses, err, "Organization "+c.identity.OrgNo+" does not have any accesses to its scopes that match")
}

func accessReceived(c *call, inactive bool) (any, error) {
	accesses := c.config.Registry.AccessReceived(c.identity.OrgNo, inactive)
	return listed(c, accesses, nil, "Organization "+c.identity.OrgNo+" does not have any accesses to the scopes of others")
}

func grantAccess(c *call, scope string) (any, error) {
	return c.config.Registry.GrantAccess(c.caller(), scope, c.param("consumer_orgno"))
}

func revokeAccess(c *call, scope string) (any, error) {
	return c.config.Registry.RevokeAccess(c.caller(), scope, c.param("consumer_orgno"))
}
