package doctor_test

import (
	"net/http"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// ofClient are ailments of what is registered in self-service.
var ofClient = []ailment{
	{name: "the client is unknown", first: "client", remedy: "check the client id",
		befall: func(w *ward) { w.patient.Client.ClientID = "3f3f9a5e-0000-4000-8000-000000000000" }},
	{name: "the client was deactivated", first: "client",
		befall: func(w *ward) {
			if err := w.admin.Clients.Deactivate(w.Context(), w.patient.Client.ClientID); err != nil {
				w.Fatal(err)
			}
		}},
	{name: "the client is another environment's", first: "client",
		befall: func(w *ward) {
			app := w.srv.AppIn(maskinporten.Prod, w.consumer, weather)
			w.patient.Client.ClientID = app.ClientID
			w.keyFile("key.json", w.must(app.Key.MarshalJWK()))
			w.patient.Elsewhere = []maskinporten.Environment{maskinporten.Test, maskinporten.Prod}
		}},
	{name: "the kid is unknown", first: "client key", remedy: "kid",
		befall: func(w *ward) { w.patient.Client.Options.KeyID = "another-kid" }},
	{name: "the kid is another client's", first: "client key",
		befall: func(w *ward) {
			other := w.srv.App(w.provider, "difi:other")
			public, err := w.srv.Key(9, "other-kid").PublicJWK()
			if err == nil {
				_, err = w.owner.Clients.AddKey(w.Context(), other.ClientID, public)
			}
			if err != nil {
				w.Fatal(err)
			}
			w.keyFile("key.json", w.srv.JWK(9, "other-kid"))
		}},
	{name: "the kid is that of another key", first: "client key",
		befall: func(w *ward) { w.keyFile("key.json", w.srv.JWK(7, w.key.KeyID())) }},
	{name: "the key has expired", first: "client key", remedy: "one year",
		befall: func(w *ward) { w.srv.Clock().Advance(366 * 24 * time.Hour) }},
	{name: "the client is for people who log in", first: "client", proof: "grant types", remedy: "type maskinporten", admin: true, more: true,
		befall: func(w *ward) {
			client, err := w.admin.Clients.Create(w.Context(), maskinporten.ClientCreate{
				Name: "login", IntegrationType: maskinporten.IntegrationTypeIDPorten, ApplicationType: maskinporten.ApplicationTypeWeb,
				TokenEndpointAuthMethod: maskinporten.AuthMethodPrivateKeyJWT, RedirectURIs: []string{"https://app.example.no/back"},
				GrantTypes: []maskinporten.GrantType{maskinporten.GrantTypeAuthorizationCode}, Scopes: []string{"openid"},
			})
			var public maskinporten.JSONWebKey
			if err == nil {
				public, err = w.key.PublicJWK()
			}
			if err == nil {
				_, err = w.admin.Clients.AddKey(w.Context(), client.ClientID, public)
			}
			if err != nil {
				w.Fatal(err)
			}
			w.patient.Client.ClientID, w.patient.Request.Scopes = client.ClientID, []string{"openid:any"}
		}},
	{name: "a certificate, and the client has keys", first: "client key", proof: "",
		befall: func(w *ward) {
			id := w.patient.Client.ClientID
			w.withCertificate(w.consumer.OrgNo, mockserver.CertificateValid)
			w.patient.Client.ClientID = id
		}},
}

// ofScope are ailments of scopes, access and what is acted for.
var ofScope = []ailment{
	{name: "the scope is not on the client", first: "scopes", proof: "difi:other", remedy: "client",
		befall: func(w *ward) {
			w.srv.App(w.provider, "difi:other")
			w.patient.Request.Scopes = []string{"difi:other"}
		}},
	{name: "the scope is misspelt", first: "scopes", proof: "difi:wether.read", remedy: "is it difi:weather.read?",
		befall: func(w *ward) { w.patient.Request.Scopes = []string{"difi:wether.read"} }},
	{name: "the scope's prefix is misspelt", first: "scopes", proof: "dift:weather.read", remedy: "is it difi:weather.read?",
		befall: func(w *ward) { w.patient.Request.Scopes = []string{"dift:weather.read"} }},
	{name: "the scope was deactivated", first: "scopes", proof: "deactivated", remedy: "owner",
		befall: func(w *ward) {
			if _, err := w.owner.Scopes.Deactivate(w.Context(), weather); err != nil {
				w.Fatal(err)
			}
		}},
	{name: "the scope is for other clients", first: "scopes", proof: "maskinporten", remedy: "allow",
		befall: func(w *ward) {
			w.changeScope(weather, func(s *maskinporten.Scope) {
				s.AllowedIntegrationTypes = []maskinporten.IntegrationType{maskinporten.IntegrationTypeKRR}
			})
		}},
	{name: "access was never given", first: "access", proof: "access", remedy: "ask",
		befall: func(w *ward) {
			name := w.withScope(maskinporten.ScopeCreate{Subscope: "open", AccessibleForAll: true})
			w.changeScope(name, func(s *maskinporten.Scope) { s.AccessibleForAll = false })
		}},
	{name: "access was taken back", first: "access", proof: "access", remedy: "ask",
		befall: func(w *ward) {
			if _, err := w.owner.Access.Revoke(w.Context(), weather, w.consumer.OrgNo); err != nil {
				w.Fatal(err)
			}
		}},
	{name: "nothing is delegated", first: "delegation", proof: "MP-251", remedy: "Altinn",
		befall: func(w *ward) {
			w.withScope(maskinporten.ScopeCreate{Subscope: "delegated", DelegationSource: "https://tt02.altinn.no/"})
			w.patient.Request.ConsumerOrg = w.provider.OrgNo
		}},
	{name: "the scope can't be delegated", first: "delegation", proof: "no delegation source", remedy: "owner",
		befall: func(w *ward) { w.patient.Request.ConsumerOrg = w.provider.OrgNo }},
	{name: "the consumer is oneself", first: "delegation", remedy: "leave",
		befall: func(w *ward) {
			w.withScope(maskinporten.ScopeCreate{Subscope: "delegated", DelegationSource: "https://tt02.altinn.no/"})
			w.patient.Request.ConsumerOrg = w.consumer.OrgNo
		}},
	{name: "there is no such system user", first: "system user", proof: "externalRef the other", remedy: "Altinn",
		befall: func(w *ward) {
			w.srv.Altinn().AddSystemUser(mockserver.SystemUser{OrgNo: w.provider.OrgNo, Vendor: w.consumer.OrgNo, ExternalRef: "one"})
			w.patient.Request.AuthorizationDetails = maskinporten.SystemUser{OrgNo: w.provider.OrgNo, ExternalRef: "the other"}
		}},
	{name: "there is no such consent", first: "consent", remedy: "consent",
		befall: func(w *ward) {
			w.patient.Request.AuthorizationDetails = maskinporten.Consent{
				ID: "b7a8a4b2-0000-4000-8000-000000000000", From: maskinporten.NewPersonal("urn:altinn:person:identifier-no:" + person),
			}
		}},
	{name: "the terms are not signed", first: "admin client", proof: "terms of use", remedy: "sign", admin: true,
		befall: func(w *ward) {
			w.answer("/api/v1/clients", says(http.StatusPreconditionRequired, `{"status":428,"error_description":"PRECONDITION_REQUIRED: Virksomheten har ikke signert de relevante bruksvilkårene."}`, "Content-Type", "application/json"))
		}},
	{name: "the person's number has too few digits", first: "settings", proof: "11 digits",
		befall: func(w *ward) { w.patient.Request.PID = maskinporten.NewPersonal("0000000000") }},
}

// ofAPI are ailments of the API.
var ofAPI = []ailment{
	{name: "the API's address is plain http", first: "API", proof: "plain http", remedy: "use https",
		befall: func(w *ward) { w.patient.API = "http://api.example.no/v1/weather" }},
	{name: "the API looks for itself in aud", first: "API", proof: "audience", remedy: "--resource",
		befall: func(w *ward) {
			w.answer("/v1/", says(http.StatusUnauthorized, "", "WWW-Authenticate", `Bearer realm="weather, and more", error="invalid_token", error_description="The audience is invalid, \"aud\" is missing"`))
		}},
	{name: "the API wants another scope", first: "API", proof: "difi:weather.write", remedy: "ask for a token with difi:weather.write",
		befall: func(w *ward) {
			w.answer("/v1/", says(http.StatusForbidden, "", "WWW-Authenticate", `Bearer error="insufficient_scope", scope="difi:weather.write"`))
		}},
	{name: "the API redirects elsewhere", first: "API", proof: "login.example.no: the token was not sent there", remedy: "login page",
		befall: func(w *ward) {
			w.answer("/v1/", says(http.StatusFound, "", "Location", "https://"+stranger+"/"))
		}},
	{name: "the API trusts another environment", first: "API", proof: "issuer", remedy: "another environment",
		befall: func(w *ward) {
			w.answer("/v1/", says(http.StatusUnauthorized, "", "WWW-Authenticate", `Bearer error="invalid_token", error_description="unknown issuer"`))
		}},
	{name: "the API doesn't see the token", first: "API", proof: "doesn't say that it saw the token", remedy: "gateway",
		befall: func(w *ward) {
			w.answer("/v1/", says(http.StatusUnauthorized, "", "WWW-Authenticate", `Bearer realm="x"`))
		}},
	{name: "the API wants a password", first: "API", proof: "basic", remedy: "Maskinporten",
		befall: func(w *ward) {
			w.answer("/v1/", says(http.StatusUnauthorized, "", "WWW-Authenticate", `Basic realm="x"`))
		}},
	{name: "the API has a list of its own", first: "API", proof: "403", remedy: "list of their own",
		befall: func(w *ward) { w.answer("/v1/", says(http.StatusForbidden, "")) }},
	{name: "the API is broken", first: "API", proof: "500", remedy: "try again later",
		befall: func(w *ward) { w.answer("/v1/", says(http.StatusInternalServerError, "")) }},
}
