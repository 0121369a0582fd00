package pages

import (
	"encoding/json"
	"slices"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// The fields of a client's form by what they hold in the API. Lists of addresses are
// lines of a text.
var (
	clientTexts    = []string{"client_name", "description", "client_orgno", "application_type", "token_endpoint_auth_method", "frontchannel_logout_uri"}
	clientNumbers  = []string{"access_token_lifetime", "refresh_token_lifetime", "authorization_lifetime"}
	clientSwitches = []string{"sso_disabled"}
	clientLists    = []string{"grant_types"}
	clientLines    = []string{"redirect_uris", "post_logout_redirect_uris"}
)

// krrPackage are the scopes of the contact register, which a client of
// Maskinporten may have too.
var krrPackage = []string{"krr:global/kontaktinformasjon.read", "krr:global/digitalpost.read"}

// maxBoxes is how many scopes a form offers as boxes to tick; where there are more
// the client's own page finds them.
const maxBoxes = 12

// clientForm is the form of a client of this type.
func (v *visit) clientForm(integrationType string, isNew bool) *form {
	fields := []*field{
		{Name: "client_name", Kind: kindText},
		{Name: "description", Kind: kindText, Optional: true},
	}
	if isNew {
		fields = append(fields, &field{Name: "type", Kind: kindHidden})
		if v.mayActForOthers() {
			fields = append(fields, &field{Name: "client_orgno", Kind: kindText, Optional: true, Short: true, Autocomplete: "off"})
		}
	} else {
		fields = append(fields, &field{Name: "version", Kind: kindHidden})
	}
	fields = append(fields, &field{Name: "access_token_lifetime", Kind: kindNumber, Optional: true, Short: true})
	if isLogin(integrationType) {
		fields = append(fields, v.loginFields()...)
	}
	return v.form("client", append(fields, v.scopeFields(integrationType, isNew)...)...)
}

// loginFields are those of clients that sign people in.
func (v *visit) loginFields() []*field {
	return []*field{
		{Name: "refresh_token_lifetime", Kind: kindNumber, Optional: true, Short: true},
		{Name: "authorization_lifetime", Kind: kindNumber, Optional: true, Short: true},
		{Name: "application_type", Kind: kindRadios, Options: v.choices("application.", "web", "browser", "native"), Values: []string{"web"}, Group: v.text("clientform.login")},
		{
			Name: "token_endpoint_auth_method", Kind: kindRadios, Values: []string{"private_key_jwt"},
			Options: v.choices("auth.", "private_key_jwt", "client_secret_basic", "client_secret_post", "none"),
		},
		{Name: "grant_types", Kind: kindChecks, Options: plainChoices([]string{"authorization_code", "refresh_token"}), Values: []string{"authorization_code"}},
		{Name: "redirect_uris", Kind: kindArea, Rows: 3},
		{Name: "post_logout_redirect_uris", Kind: kindArea, Rows: 2, Optional: true},
		{Name: "frontchannel_logout_uri", Kind: kindText, Optional: true},
		{Name: "sso_disabled", Kind: kindCheck},
	}
}

// scopeFields let a new client have scopes from the start.
func (v *visit) scopeFields(integrationType string, isNew bool) []*field {
	switch {
	case integrationType == registry.IDPorten:
		return []*field{{Name: "scopes", Kind: kindChecks, Options: plainChoices([]string{"openid", "profile", "eidas", "no_pid"}), Values: []string{"openid", "profile"}}}
	case !isNew || integrationType == registry.KRR:
		return nil
	}
	var fields []*field
	if integrationType == registry.Maskinporten {
		fields = append(fields, &field{Name: "krr", Kind: kindCheck})
	}
	available := v.registry().FewAvailable(v.actor.OrgNo, integrationType, maxBoxes)
	if len(available) == 0 {
		return fields
	}
	names := make([]string, len(available))
	for i, s := range available {
		names[i] = s.Name
	}
	return append(fields, &field{Name: "scopes", Kind: kindChecks, Optional: true, Options: plainChoices(names)})
}

// clientInput is what the form asks of the API.
func (f *form) clientInput(object map[string]any) (registry.ClientInput, error) {
	f.overlay(object, clientTexts, clientNumbers, clientSwitches, append(slices.Clone(clientLists), "scopes"))
	for _, name := range clientLines {
		if f.Field(name) != nil {
			object[name] = f.lines(name)
		}
	}
	if f.checked("krr") {
		object["scopes"] = append(f.values("scopes"), krrPackage...)
	}
	return clientInput(object)
}

// clientInput reads an object as the API does.
func clientInput(object map[string]any) (registry.ClientInput, error) {
	var in registry.ClientInput
	data, err := json.Marshal(object)
	if err == nil {
		err = in.UnmarshalJSON(data)
	}
	return in, err
}
