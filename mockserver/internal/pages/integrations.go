package pages

import (
	"net/http"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// integrationRoutes are the pages of integrations of all kinds.
func integrationRoutes() []route {
	any := func(serve func(*visit)) func(*visit) { return within(portal.RightIntegrations, serve) }
	client := func(serve func(*visit, *registry.Client)) func(*visit) { return any(withClient(serve)) }
	return []route{
		{"GET /portal/env/{env}/integrations", any(integrations)},
		{"GET /portal/env/{env}/integrations/new", any(newClient)},
		{"POST /portal/env/{env}/integrations/new", any(createClient)},
		{"GET /portal/env/{env}/integrations/{id}", any(integration)},
		{"GET /portal/env/{env}/integrations/{id}/edit", client(editClient)},
		{"POST /portal/env/{env}/integrations/{id}/edit", client(changeClient)},
		{"GET /portal/env/{env}/integrations/{id}/deactivate", client(askDeactivateClient)},
		{"POST /portal/env/{env}/integrations/{id}/deactivate", client(deactivateClient)},
		{"POST /portal/env/{env}/integrations/{id}/reactivate", client(reactivateClient)},
		{"POST /portal/env/{env}/integrations/{id}/secret", client(newSecret)},
		{"GET /portal/env/{env}/integrations/{id}/keys", client(keys)},
		{"GET /portal/env/{env}/integrations/{id}/keys/new", client(newKey)},
		{"POST /portal/env/{env}/integrations/{id}/keys/new", client(addKey)},
		{"POST /portal/env/{env}/integrations/{id}/keys/remove", client(removeKey)},
		{"GET /portal/env/{env}/integrations/{id}/scopes", client(clientScopes)},
		{"POST /portal/env/{env}/integrations/{id}/scopes/add", client(addClientScope)},
		{"POST /portal/env/{env}/integrations/{id}/scopes/remove", client(removeClientScope)},
		{"GET /portal/env/{env}/integrations/{id}/onbehalfof", client(onBehalfOf)},
		{"POST /portal/env/{env}/integrations/{id}/onbehalfof", client(addOnBehalfOf)},
		{"POST /portal/env/{env}/integrations/{id}/onbehalfof/remove", client(removeOnBehalfOf)},
		{"GET /portal/env/{env}/integrations/{id}/merchant-data", any(merchantData)},
		{"POST /portal/env/{env}/integrations/{id}/merchant-data", any(saveMerchantData)},
		{"GET /portal/env/{env}/keys", any(keyStatus)},
	}
}

// withClient finds the client that the path names.
func withClient(serve func(*visit, *registry.Client)) func(*visit) {
	return func(v *visit) {
		c, err := v.registry().Client(v.caller(), v.r.PathValue("id"))
		if err != nil {
			v.failed(err)
			return
		}
		serve(v, c)
	}
}

// integrationTypes are those of which somebody has integrations, as the API writes
// them.
var integrationTypes = []string{"API_TILBYDER", "MASKINPORTEN", "KRR_REST", "IDPORTEN_OIDC", "ANSATTPORTEN", "API_KLIENT"}

// integrationList is a list of integrations with what was chosen.
type integrationList struct {
	listing[registry.NamedIntegration]
	Type  string
	Types []string
	// Environments are those to choose from, where there is a choice.
	Environments []Environment
}

func (v *visit) integrationList() integrationList {
	wanted := v.wantedPart()
	kind := v.query("type")
	return integrationList{
		listing: list(v, wanted, v.registry().IntegrationPage(v.actor.OrgNo, kind, wanted)),
		Type:    kind, Types: integrationTypes,
	}
}

func integrations(v *visit) {
	v.under(v.adminCrumb())
	v.render(http.StatusOK, "integrations", nil, v.integrationList())
}

// services lists the organisation's integrations, those of one environment at a
// time: of the one that was chosen, else of the first that is open.
func services(v *visit) {
	chosen := v.query("env")
	var open []Environment
	for _, e := range v.place.Environments {
		actor, err := v.portal().Enter(v.session(), e.Name)
		if !e.Served || err != nil || !actor.Has(portal.RightIntegrations) {
			continue
		}
		if open = append(open, e); chosen == e.Name || chosen == "" && len(open) == 1 {
			v.env, v.actor = e, actor
		}
	}
	if v.env.Name == "" {
		if chosen != "" { // the refusal says why
			within(portal.RightIntegrations, services)(v.at(chosen))
			return
		}
		v.render(http.StatusOK, "services", nil, integrationList{})
		return
	}
	l := v.integrationList()
	l.Environments = open
	v.render(http.StatusOK, "services", nil, l)
}

// at is a visit of an environment that the path doesn't name.
func (v *visit) at(environment string) *visit {
	v.r.SetPathValue("env", environment)
	return v
}

// integration is the page of one: of a client, or of the organisation as API
// provider.
func integration(v *visit) {
	id := v.r.PathValue("id")
	if c, err := v.registry().Client(v.caller(), id); err == nil {
		v.renderClient(c)
		return
	}
	if err := v.registry().CheckIntegration(v.actor.OrgNo, id); err != nil {
		v.failed(err)
		return
	}
	data, err := v.portal().MerchantData(v.env.Name, v.actor.OrgNo, id)
	if err != nil {
		v.failed(err)
		return
	}
	v.under(v.servicesCrumb())
	v.render(http.StatusOK, "provider", nil, struct {
		ID       string
		Prefixes []string
		Merchant portal.MerchantData
	}{id, v.prefixes(), data})
}
