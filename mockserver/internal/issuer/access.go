package issuer

import (
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// parties are the organisations that a token speaks of, and by what right.
type parties struct {
	consumer         string
	supplier         string // empty: none
	delegationSource string // empty: the supplier needs none
	onBehalfOf       string // empty: nobody
}

// checkAccess wants the consumer to have access to every scope, and where
// another organisation acts for it, to have delegated every scope first.
func (e *exchange) checkAccess() error {
	e.party = parties{consumer: e.client.ClientOrgNo, supplier: e.client.SupplierOrgNo}
	if e.grant.consumerOrg != "" {
		if err := e.checkDelegation(); err != nil {
			return err
		}
	}
	for _, scope := range e.scopes {
		if e.config.Registry.IssuedAccess(scope.Name, e.party.consumer) {
			continue
		}
		refusal := refuse(noAccess, "the consumer "+e.party.consumer+" has no access, or the scope is inactive", scope.Name)
		if e.grant.consumerOrg != "" && scope.Active { // a consumer can delegate what it has; that it must have it is assumed
			refusal = e.notes.Assumed(refusal)
		}
		if refusal != nil {
			return refusal
		}
	}
	return nil
}

func (e *exchange) checkDelegation() error {
	consumer, supplier := e.grant.consumerOrg, e.client.ClientOrgNo
	if consumer == supplier {
		return refuse(ownConsumerOrg, "consumer_org is the client's own organisation "+consumer)
	}
	for _, scope := range e.scopes {
		if !e.config.Registry.Delegated(consumer, supplier, scope.Name) {
			return refuse(notDelegated, "there is no delegation of "+scope.Name, consumer, scope.Name, supplier)
		}
	}
	e.party = parties{consumer: consumer, supplier: supplier, delegationSource: e.delegationSource()}
	return nil
}

// delegationSource is where the first scope that says so has its delegations,
// or else the environment's source.
func (e *exchange) delegationSource() string {
	for _, scope := range e.scopes {
		if scope.DelegationSource != "" {
			return scope.DelegationSource
		}
	}
	for _, source := range e.config.Registry.DelegationSources() {
		return source.Issuer
	}
	return ""
}

// checkOnBehalfOf wants iss_onbehalfof to be registered on the client. It may
// be named in short or in full, as "<client_id>::<value>".
func (e *exchange) checkOnBehalfOf() error {
	if e.grant.onBehalfOf == "" {
		return nil
	}
	value := strings.TrimPrefix(e.grant.onBehalfOf, e.client.ClientID+"::")
	if !slices.ContainsFunc(e.client.OnBehalfOf, func(o registry.OnBehalfOf) bool { return o.OnBehalfOf == value }) {
		err := e.notes.Assumed(malformed("the claim iss_onbehalfof: " + quote(e.grant.onBehalfOf) + " is not registered on the client"))
		if err != nil {
			return err
		}
	}
	e.party.onBehalfOf = value
	return nil
}
