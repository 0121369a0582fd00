package pages

import (
	"net/http"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// clientPage is what the pages of a client show.
type clientPage struct {
	Client *registry.Client
	Login  bool // it signs people in
	Secret bool // it authenticates with a secret
	Tab    string
	Rest   any
}

// renderClientTab answers with one of the pages of a client.
func (v *visit) renderClientTab(status int, tab string, c *registry.Client, f *form, rest any) {
	v.under(v.adminCrumb(), v.integrationsCrumb())
	v.renderTitled(status, tab, c.ClientName, f, clientPage{
		Client: c, Login: isLogin(c.IntegrationType), Secret: strings.HasPrefix(c.TokenEndpointAuthMethod, "client_secret_"), Tab: tab, Rest: rest,
	})
}

// isLogin tells which forms have redirects, as the API does.
func isLogin(integrationType string) bool {
	return integrationType == registry.IDPorten || integrationType == registry.APIKlient || integrationType == registry.Ansattporten
}

func (v *visit) renderClient(c *registry.Client) {
	v.renderClientTab(http.StatusOK, "client", c, nil, nil)
}

// toClient sends the visitor to a client's page, or one of its tabs.
func (v *visit) toClient(id, tab string) { v.redirect(v.integrationPath(id) + tab) }

// newClient asks for the type first: everything else depends on it.
func newClient(v *visit) {
	v.under(v.adminCrumb(), v.integrationsCrumb())
	kind := v.query("type")
	if kind == "" {
		v.render(http.StatusOK, "newtype", v.form("newtype", &field{
			Name: "type", Kind: kindRadios, Values: []string{registry.Maskinporten},
			Options: v.choices("type.", registry.Maskinporten, registry.IDPorten, registry.Ansattporten, registry.APIKlient, registry.KRR),
		}), nil)
		return
	}
	f := v.clientForm(kind, true)
	f.set("type", kind)
	v.render(http.StatusOK, "newclient", f, kind)
}

func createClient(v *visit) {
	kind := v.r.PostForm.Get("type")
	f := v.read(v.clientForm(kind, true))
	in, err := f.clientInput(map[string]any{"integration_type": kind})
	if err == nil {
		var c *registry.Client
		var secret string
		if c, secret, err = v.registry().CreateClient(v.caller(), in); err == nil {
			v.flashes.put(v.browser, flash{Text: v.createdText(c, secret), Secret: secret})
			v.toClient(c.ClientID, "")
			return
		}
	}
	v.under(v.adminCrumb(), v.integrationsCrumb())
	v.render(v.refuse(f, err), "newclient", f, kind)
}

func (v *visit) createdText(c *registry.Client, secret string) string {
	if secret != "" {
		return v.text("said.client_created", c.ClientName) + " " + v.text("said.secret")
	}
	return v.text("said.client_created", c.ClientName)
}

func editClient(v *visit, c *registry.Client) {
	f := v.clientForm(c.IntegrationType, false)
	f.show(c)
	f.set("version", version(c.LastUpdated))
	v.renderEditClient(http.StatusOK, c, f)
}

func (v *visit) renderEditClient(status int, c *registry.Client, f *form) {
	v.under(v.adminCrumb(), v.integrationsCrumb(), v.clientCrumb(c))
	v.renderTitled(status, "editclient", v.text("editscope.title", c.ClientName), f, c)
}

func changeClient(v *visit, c *registry.Client) {
	f := v.read(v.clientForm(c.IntegrationType, false))
	if f.value("version") != version(c.LastUpdated) {
		v.fail(f, "", "error.changed_meanwhile")
		f.set("version", version(c.LastUpdated))
		v.renderEditClient(http.StatusConflict, c, f)
		return
	}
	in, err := f.clientInput(objectOf(c))
	if err == nil {
		_, err = v.registry().ReplaceClient(v.caller(), c.ClientID, in)
	}
	if err != nil {
		v.renderEditClient(v.refuse(f, err), c, f)
		return
	}
	v.say("said.client_changed", f.value("client_name"))
	v.toClient(c.ClientID, "")
}

func askDeactivateClient(v *visit, c *registry.Client) {
	v.under(v.adminCrumb(), v.integrationsCrumb(), v.clientCrumb(c))
	v.renderTitled(http.StatusOK, "deactivateclient", v.text("deactivateclient.title", c.ClientName), nil, c)
}

func deactivateClient(v *visit, c *registry.Client) {
	err := v.registry().DeactivateClient(v.caller(), c.ClientID)
	v.did(err, v.integrationPath(c.ClientID), "said.client_deactivated", c.ClientName)
}

// replaceClient changes a client in one respect, and leaves the rest.
func (v *visit) replaceClient(c *registry.Client, change func(*registry.ClientInput)) error {
	in, err := clientInput(objectOf(c))
	if err != nil {
		return err
	}
	change(&in)
	_, err = v.registry().ReplaceClient(v.caller(), c.ClientID, in)
	return err
}

func reactivateClient(v *visit, c *registry.Client) {
	err := v.replaceClient(c, func(in *registry.ClientInput) { in.Active = new(true) })
	v.did(err, v.integrationPath(c.ClientID), "said.client_reactivated", c.ClientName)
}

// newSecret shows the new secret once, on the next page.
func newSecret(v *visit, c *registry.Client) {
	_, secret, err := v.registry().RotateSecret(v.caller(), c.ClientID)
	if err != nil {
		v.failed(err)
		return
	}
	v.flashes.put(v.browser, flash{Text: v.text("said.secret"), Secret: secret})
	v.toClient(c.ClientID, "")
}

// mayActForOthers reports whether the visitor may register clients for customers.
func (v *visit) mayActForOthers() bool { return v.actor.Has(portal.RightSupplier) }
