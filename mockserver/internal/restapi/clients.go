package restapi

import (
	"net/http"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

func listClients(c *call, inactive bool) (any, error) {
	return c.config.Registry.Clients(c.caller(), inactive)
}

func getClient(c *call) (any, error) { return c.config.Registry.Client(c.caller(), c.param("id")) }

func createClient(c *call, in registry.ClientInput) (any, error) {
	if err := c.checkTerms(in.ClientOrgNo); err != nil {
		return nil, err
	}
	client, secret, err := c.config.Registry.CreateClient(c.caller(), in)
	return withSecret{client, secret}, err
}

// checkTerms wants the terms of use signed by the caller, and by whom it makes a
// client for.
func (c *call) checkTerms(customer string) error {
	signed := c.config.TermsSigned
	if signed == nil || signed(c.identity.OrgNo) && (customer == "" || signed(customer)) {
		return nil
	}
	return &httpError{
		http.StatusPreconditionRequired,
		"PRECONDITION_REQUIRED: Virksomheten har ikke signert de relevante bruksvilkårene. Ta kontakt med servicedesk@digdir.no", false,
	}
}

func replaceClient(c *call, in registry.ClientInput) (any, error) {
	return c.config.Registry.ReplaceClient(c.caller(), c.param("id"), in)
}

func deactivateClient(c *call) (any, error) {
	return nil, c.config.Registry.DeactivateClient(c.caller(), c.param("id"))
}

func rotateSecret(c *call) (any, error) {
	client, secret, err := c.config.Registry.RotateSecret(c.caller(), c.param("id"))
	return withSecret{client, secret}, err
}

func listKeys(c *call) (any, error) {
	keys, err := c.config.Registry.Keys(c.caller(), c.param("id"))
	if _, err := listed(c, keys, err, "Client "+c.param("id")+" does not have any keys"); err != nil {
		return nil, err
	}
	return registry.KeySet{Keys: keys}, nil
}

func replaceKeys(c *call, in registry.KeySetInput) (any, error) {
	keys, err := c.config.Registry.ReplaceKeys(c.caller(), c.param("id"), in.Keys)
	return registry.KeySet{Keys: keys}, err
}

func deleteKeys(c *call) (any, error) {
	return nil, c.config.Registry.DeleteKeys(c.caller(), c.param("id"))
}

func getKey(c *call) (any, error) {
	return c.config.Registry.Key(c.caller(), c.param("id"), c.param("kid"))
}

func putKey(c *call, in registry.KeyInput) (any, error) {
	return c.config.Registry.PutKey(c.caller(), c.param("id"), c.param("kid"), in)
}

func deleteKey(c *call) (any, error) {
	return nil, c.config.Registry.DeleteKey(c.caller(), c.param("id"), c.param("kid"))
}

// addKeyText takes a key as people have it: a PEM certificate, a PEM public
// key or a JWK.
func addKeyText(c *call) (any, error) {
	text, err := readBody(c.Request)
	if err != nil {
		return nil, err
	}
	if tooDeep(text) {
		return nil, refuse(http.StatusBadRequest, "The body is nested too deep")
	}
	return c.config.Registry.AddKeyText(c.caller(), c.param("id"), text)
}

func listOnBehalfOf(c *call) (any, error) {
	return c.config.Registry.OnBehalfOfList(c.caller(), c.param("id"))
}

func createOnBehalfOf(c *call, in registry.OnBehalfOfInput) (any, error) {
	return c.config.Registry.OnBehalfOfCreate(c.caller(), c.param("id"), in)
}

func getOnBehalfOf(c *call) (any, error) {
	return c.config.Registry.OnBehalfOfGet(c.caller(), c.param("id"), c.param("value"))
}

func replaceOnBehalfOf(c *call, in registry.OnBehalfOfInput) (any, error) {
	return c.config.Registry.OnBehalfOfReplace(c.caller(), c.param("id"), c.param("value"), in)
}

func deleteOnBehalfOf(c *call) (any, error) {
	return nil, c.config.Registry.OnBehalfOfDelete(c.caller(), c.param("id"), c.param("value"))
}
