package restapi

import (
	"net/http"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

func listIntegrations(c *call) (any, error) {
	filter := registry.IntegrationFilter{OrgNo: c.query("org_number"), Provider: c.portal}
	if since := c.query("updated_since"); since != "" {
		var err error
		if filter.UpdatedSince, err = time.Parse(time.RFC3339, since); err != nil {
			return nil, refuse(http.StatusBadRequest, "The parameter updated_since must be a time as in RFC 3339")
		}
	}
	return c.config.Registry.Integrations(c.identity.OrgNo, filter)
}

func listAPIs(c *call) (any, error) { return c.config.Registry.APIs(c.identity.OrgNo), nil }

func merchantData(c *call) (any, error) {
	return c.config.Merchant.MerchantData(c.identity.OrgNo, c.param("id"))
}

func saveMerchantData(c *call, body rawObject) (any, error) {
	return c.config.Merchant.SaveMerchantData(c.identity.OrgNo, c.param("id"), body)
}

// rawObject is a body that somebody else takes apart.
type rawObject []byte

// UnmarshalJSON keeps the object as it is.
func (o *rawObject) UnmarshalJSON(data []byte) error {
	*o = append(rawObject(nil), data...)
	return nil
}

// availableScopes are those that the portal offers for a client.
func availableScopes(c *call) (any, error) {
	return c.config.Registry.AvailableScopes(c.identity.OrgNo), nil
}

// keyStatus tells which keys and secrets end when.
func keyStatus(c *call) (any, error) { return c.config.Registry.KeyStatuses(c.caller()) }
