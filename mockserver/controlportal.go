package mockserver

import (
	"errors"
	"net/http"

	"github.com/maskinporten-go/maskinporten"
)

// controlOrganization registers an organisation in all environments and at the
// portal.
func controlOrganization(d *door, r *http.Request) (any, error) {
	in, err := readControl[struct {
		OrgNo       maskinporten.OrgNo `json:"orgno"`
		Name        string             `json:"name"`
		Domains     []string           `json:"domains"`
		TermsSigned *bool              `json:"terms_signed"`
		Managers    []string           `json:"managers"`
	}](r)
	if err != nil {
		return nil, err
	}
	portal := d.server.Portal()
	if err := portal.RegisterOrganization(in.OrgNo, in.Name, in.Domains...); err != nil {
		return nil, err
	}
	if in.TermsSigned != nil {
		agree := portal.WithdrawTerms
		if *in.TermsSigned {
			agree = portal.SignTerms
		}
		if err := agree(in.OrgNo); err != nil {
			return nil, err
		}
	}
	for _, manager := range in.Managers {
		if err := portal.AppointManager(in.OrgNo, manager); err != nil {
			return nil, err
		}
	}
	return controlDone, nil
}

// controlPrefix assigns a prefix without an order, in one environment or in all.
func controlPrefix(d *door, r *http.Request) (any, error) {
	in, err := readControl[struct {
		Environment string `json:"environment"`
		OrgNo       string `json:"orgno"`
		Prefix      string `json:"prefix"`
	}](r)
	if err != nil {
		return nil, err
	}
	return controlDone, d.controlEverywhere(in.Environment, func(e *environment) error {
		return e.registry.AssignPrefix(in.OrgNo, in.Prefix)
	})
}

// controlDecidePrefix is Digdir's answer to a prefix order.
func controlDecidePrefix(d *door, r *http.Request) (any, error) {
	in, err := readControl[struct {
		ID      string `json:"id"`
		Granted *bool  `json:"granted"`
		Reason  string `json:"reason"`
	}](r)
	if err != nil {
		return nil, err
	}
	if in.Granted == nil {
		return nil, errors.New("granted: say true or false")
	}
	return d.server.DecidePrefix(in.ID, *in.Granted, in.Reason)
}
