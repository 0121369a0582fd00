package issuer

import (
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// checkAccess wants the consumer to have access to every scope, and where
// another organisation acts for it, to have delegated every scope first.
func (t *tokenRequest) checkAccess() error {
	t.party = parties{consumer: t.client.ClientOrgNo, supplier: t.client.SupplierOrgNo}
	if t.grant.consumerOrg != "" {
		if err := t.checkDelegation(); err != nil {
			return err
		}
	}
	for _, scope := range t.scopes {
		if t.config.Registry.IssuedAccess(scope.Name, t.party.consumer) {
			continue
		}
		refusal := refuse(noAccess, "the consumer "+t.party.consumer+" has no access, or the scope is inactive", scope.Name)
		if t.grant.consumerOrg != "" && scope.Active { // a consumer can delegate what it has; that it must have it is assumed
			refusal = t.notes.Assumed(refusal)
		}
		if refusal != nil {
			return refusal
		}
	}
	return nil
}

func (t *tokenRequest) checkDelegation() error {
	consumer, supplier := t.grant.consumerOrg, t.client.ClientOrgNo
	if consumer == supplier {
		return refuse(ownConsumerOrg, "consumer_org is the client's own organisation "+consumer)
	}
	for _, scope := range t.scopes {
		if !t.config.Registry.Delegated(consumer, supplier, scope.Name) {
			return refuse(notDelegated, "there is no delegation of "+scope.Name, consumer, scope.Name, supplier)
		}
	}
	t.party = parties{consumer: consumer, supplier: supplier, delegationSource: t.delegationSource()}
	return nil
}

// delegationSource is where the first scope that says so has its delegations,
// or else the environment's source.
func (t *tokenRequest) delegationSource() string {
	for _, scope := range t.scopes {
		if scope.DelegationSource != "" {
			return scope.DelegationSource
		}
	}
	for _, source := range t.config.Registry.DelegationSources() {
		return source.Issuer
	}
	return ""
}

// checkOnBehalfOf wants iss_onbehalfof to be registered on the client. It may
// be named in short or in full, as "<client_id>::<value>".
func (t *tokenRequest) checkOnBehalfOf() error {
	if t.grant.onBehalfOf == "" {
		return nil
	}
	value := strings.TrimPrefix(t.grant.onBehalfOf, t.client.ClientID+"::")
	if !slices.ContainsFunc(t.client.OnBehalfOf, func(o registry.OnBehalfOf) bool { return o.OnBehalfOf == value }) {
		err := t.notes.Assumed(malformed("the claim iss_onbehalfof: " + quote(t.grant.onBehalfOf) + " is not registered on the client"))
		if err != nil {
			return err
		}
	}
	t.party.onBehalfOf = value
	return nil
}
