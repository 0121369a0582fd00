package control

import (
	"errors"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/engine"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
)

// digdirCalls are what Digdir does behind the portal.
var digdirCalls = map[string]handler{
	"POST organizations": taking(organization),
	"POST prefixes":      taking(prefix),
	"GET prefix-orders":  always(func(c *call) any { return array(c.Engine.Portal().PendingPrefixOrders()) }),
	"POST prefix-orders": taking(decidePrefix),
}

// organization registers an organisation in all environments and at the portal.
func organization(c *call, in struct {
	OrgNo       string   `json:"orgno"`
	Name        string   `json:"name"`
	Domains     []string `json:"domains"`
	TermsSigned *bool    `json:"terms_signed"`
	Managers    []string `json:"managers"`
}) (any, error) {
	if err := c.Engine.Organize(in.OrgNo, in.Name); err != nil {
		return nil, err
	}
	people := c.Engine.Portal()
	for _, domain := range in.Domains {
		if err := people.AddDomain(in.OrgNo, domain); err != nil {
			return nil, err
		}
	}
	if in.TermsSigned != nil {
		if err := agree(people, in.OrgNo, *in.TermsSigned); err != nil {
			return nil, err
		}
	}
	for _, manager := range in.Managers {
		if err := people.AppointManager(in.OrgNo, manager); err != nil {
			return nil, err
		}
	}
	return done, nil
}

func agree(people *portal.Portal, orgno string, signed bool) error {
	if signed {
		return people.SignTerms(orgno)
	}
	return people.WithdrawTerms(orgno)
}

// prefix assigns a prefix without an order, in one environment or in all.
func prefix(c *call, in struct {
	Environment string `json:"environment"`
	OrgNo       string `json:"orgno"`
	Prefix      string `json:"prefix"`
}) (any, error) {
	return done, c.in(in.Environment, func(env *engine.Environment) error {
		return env.Registry.AssignPrefix(in.OrgNo, in.Prefix)
	})
}

// decidePrefix is Digdir's answer to a prefix order.
func decidePrefix(c *call, in struct {
	ID      string `json:"id"`
	Granted *bool  `json:"granted"`
	Reason  string `json:"reason"`
}) (any, error) {
	if in.Granted == nil {
		return nil, errors.New("granted: say true or false")
	}
	return c.Engine.Portal().DecidePrefix(in.ID, *in.Granted, in.Reason)
}
