package mockserver

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// delegation is one in Altinn. Without an environment it is in all of them.
type delegation struct {
	Environment string `json:"environment,omitzero"`
	Consumer    string `json:"consumer"`
	Supplier    string `json:"supplier"`
	Scope       string `json:"scope"`
}

func controlDelegate(d *door, r *http.Request) (any, error) {
	in, err := readControl[delegation](r)
	if err != nil {
		return nil, err
	}
	return in, d.controlEverywhere(in.Environment, func(e *environment) error {
		return e.registry.Delegate(in.Consumer, in.Supplier, in.Scope)
	})
}

// controlUndelegate takes parameters, since a DELETE with a body is not to be
// relied on.
func controlUndelegate(d *door, r *http.Request) (any, error) {
	query, err := controlQuery(r, "environment", "consumer", "supplier", "scope")
	if err != nil {
		return nil, err
	}
	in := delegation{query.Get("environment"), query.Get("consumer"), query.Get("supplier"), query.Get("scope")}
	if err := errors.Join(maskinporten.OrgNo(in.Consumer).Check(), maskinporten.OrgNo(in.Supplier).Check()); err != nil {
		return nil, err
	}
	if in.Scope == "" {
		return nil, errors.New("scope: the delegated scope is required")
	}
	return controlDone, d.controlEverywhere(in.Environment, in.takeBack)
}

// takeBack ends the delegation, if there is one.
func (d delegation) takeBack(e *environment) error {
	err := e.registry.Undelegate(d.Consumer, d.Supplier, d.Scope)
	if refusal := registryError(err); refusal != nil && refusal.Kind == registry.NotFound {
		return nil
	}
	return err
}

func controlSystemUser(d *door, r *http.Request) (any, error) {
	in, err := readControl[struct {
		Environment string `json:"environment"`
		registry.SystemUser
	}](r)
	if err != nil {
		return nil, err
	}
	user := in.SystemUser
	if user.ID == "" {
		user.ID = d.server.nextID()
	}
	err = d.controlEverywhere(in.Environment, func(e *environment) error {
		_, err := e.registry.AddSystemUser(user) // again in environments that are made later
		return err
	})
	if err != nil {
		return nil, err
	}
	added, _ := d.server.environmentFor(cmp.Or(in.Environment, "test")).registry.SystemUser(user.VendorOrgNo, user.OrgNo, user.ExternalRef)
	return added, nil
}

func controlConsent(d *door, r *http.Request) (any, error) {
	in, err := readControl[issuer.Consent](r)
	if err != nil {
		return nil, err
	}
	var where string
	if named, ok := in.Others["environment"]; ok { // the one member that isn't the consent's
		delete(in.Others, "environment")
		if json.Unmarshal(named, &where) != nil {
			return nil, errors.New("environment: test, ver1, ver2 or prod is expected")
		}
	}
	return in, d.controlEverywhere(where, func(e *environment) error { return e.issuer.SetConsent(in) })
}

// controlEverywhere does something in the environment that a call names, or in
// all when it names none.
func (d *door) controlEverywhere(name string, do func(*environment) error) error {
	if name == "" {
		return d.server.everywhere(do)
	}
	e, err := d.controlEnvironment(name)
	if err != nil {
		return err
	}
	return do(e)
}
