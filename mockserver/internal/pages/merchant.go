package pages

import (
	"net/http"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
)

// merchantForm is what "Rediger integrasjon" opens.
func (v *visit) merchantForm() *form {
	text := func(name, group string) *field {
		return &field{Name: "invoicing." + name, Kind: kindText, Optional: true, Group: group}
	}
	short := func(name, group string) *field {
		f := text(name, group)
		f.Short = true
		return f
	}
	return v.form("merchant",
		short("recipient_orgno", v.text("merchant.invoicing")),
		text("recipient_name", ""), short("peppol_id", ""), text("email", ""), text("reference", ""), text("order_number", ""),
		text("address.street", v.text("merchant.address")), short("address.postal_code", ""), text("address.city", ""), short("address.country", ""),
		&field{Name: "notification_points", Kind: kindArea, Optional: true, Rows: 4, Group: v.text("merchant.points")},
	)
}

// merchantFields ties the form to the data.
func merchantFields(d *portal.MerchantData) map[string]*string {
	in := &d.Invoicing
	return map[string]*string{
		"invoicing.recipient_orgno": &in.RecipientOrgNo, "invoicing.recipient_name": &in.RecipientName,
		"invoicing.peppol_id": &in.PeppolID, "invoicing.email": &in.Email,
		"invoicing.reference": &in.Reference, "invoicing.order_number": &in.OrderNumber,
		"invoicing.address.street": &in.Address.Street, "invoicing.address.postal_code": &in.Address.PostalCode,
		"invoicing.address.city": &in.Address.City, "invoicing.address.country": &in.Address.Country,
	}
}

func merchantData(v *visit) {
	data, err := v.portal().MerchantData(v.env.Name, v.actor.OrgNo, v.r.PathValue("id"))
	if err != nil {
		v.failed(err)
		return
	}
	f := v.merchantForm()
	for name, value := range merchantFields(&data) {
		f.set(name, *value)
	}
	v.renderMerchantData(http.StatusOK, f.set("notification_points", strings.Join(data.NotificationPoints, "\n")))
}

func (v *visit) renderMerchantData(status int, f *form) {
	id := v.r.PathValue("id")
	crumb := link{Address: v.to(v.integrationPath(id)), Label: v.text("provider.name")}
	if c, err := v.registry().Client(v.caller(), id); err == nil {
		crumb = v.clientCrumb(c)
	}
	v.under(v.servicesCrumb(), crumb)
	v.render(status, "merchant", f, id)
}

// saveMerchantData saves both parts, or nothing.
func saveMerchantData(v *visit) {
	f := v.read(v.merchantForm())
	data := portal.MerchantData{NotificationPoints: f.lines("notification_points")}
	for name, value := range merchantFields(&data) {
		*value = f.value(name)
	}
	id := v.r.PathValue("id")
	if _, err := v.portal().SaveMerchantData(v.env.Name, v.actor.OrgNo, id, data); err != nil {
		r := refusalOf(err)
		if r.status == http.StatusForbidden || r.status == http.StatusNotFound {
			v.failed(err)
			return
		}
		v.renderMerchantData(v.refuse(f, err), f)
		return
	}
	v.say("said.merchant_saved")
	v.toClient(id, "")
}
