package portal

import (
	"slices"
	"strconv"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/exactjson"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/orgno"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// MerchantData answers the merchant data of an integration of which the
// organisation is customer or supplier. Never saved: empty.
func (p *Portal) MerchantData(environment, orgno, integration string) (MerchantData, error) {
	if err := p.ownIntegration(environment, orgno, integration); err != nil {
		return MerchantData{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.merchantData(environment, integration), nil
}

// merchantData answers a copy. The caller holds the lock.
func (p *Portal) merchantData(environment, integration string) MerchantData {
	data := p.merchant[merchantKey{environment, integration}]
	data.IntegrationID = integration
	data.NotificationPoints = append([]string{}, data.NotificationPoints...)
	return data
}

// SaveMerchantData replaces both parts, or nothing: an error is a
// *registry.Error that names the field.
func (p *Portal) SaveMerchantData(environment, orgno, integration string, data MerchantData) (MerchantData, error) {
	if err := p.ownIntegration(environment, orgno, integration); err != nil {
		return MerchantData{}, err
	}
	points, err := checkPoints(data.NotificationPoints)
	if err != nil {
		return MerchantData{}, err
	}
	if err := checkInvoicing(data.Invoicing); err != nil {
		return MerchantData{}, err
	}
	data.NotificationPoints, data.LastUpdated = points, toMillis(p.cfg.Now())
	p.mu.Lock()
	defer p.mu.Unlock()
	p.setMerchantData(merchantKey{environment, integration}, data)
	return p.merchantData(environment, integration), nil
}

// ownIntegration is nil when the integration is one of the organisation's.
func (p *Portal) ownIntegration(environment, orgno, id string) error {
	r, err := p.registryOf(environment)
	if err != nil {
		return err
	}
	return r.CheckIntegration(orgno, id)
}

// ParseMerchantData reads a body. Fields that only answers have are passed
// over.
func ParseMerchantData(body []byte) (MerchantData, error) {
	var data MerchantData
	if err := exactjson.Unmarshal(body, &data); err != nil {
		if place, _, ok := exactjson.WrongType(err); ok && place != "" {
			return MerchantData{}, merchantError(place, "has the wrong type")
		}
		return MerchantData{}, merchantError("body", "is not the JSON object of merchant data")
	}
	return data, nil
}

func merchantError(field, problem string) error {
	return &registry.Error{Kind: registry.Invalid, Object: "MerchantData", Field: field, Message: field + ": " + problem}
}

func checkPoints(points []string) ([]string, error) {
	checked := []string{}
	for i, point := range points {
		address, _, err := parseMail(point)
		if err != nil {
			return nil, merchantError("notification_points", err.Error())
		}
		if slices.Contains(checked, address) {
			return nil, merchantError("notification_points", "number "+strconv.Itoa(i+1)+" is there twice")
		}
		checked = append(checked, address)
	}
	return checked, nil
}

func checkInvoicing(in Invoicing) error {
	if in == (Invoicing{}) {
		return nil
	}
	if !orgno.Valid(in.RecipientOrgNo) {
		return merchantError("invoicing.recipient_orgno", "an organisation number is required")
	}
	if in.PeppolID == "" && in.Email == "" && in.Address == (Address{}) {
		return merchantError("invoicing", "an invoice must be able to arrive: give peppol_id, email or address")
	}
	if in.PeppolID != "" && !validPeppolID(in.PeppolID) {
		return merchantError("invoicing.peppol_id", "0192: and an organisation number is required")
	}
	if in.Email != "" {
		if _, _, err := parseMail(in.Email); err != nil {
			return merchantError("invoicing.email", err.Error())
		}
	}
	for field, value := range map[string]string{"recipient_name": in.RecipientName, "reference": in.Reference, "order_number": in.OrderNumber} {
		if strings.ContainsAny(value, "\r\n") {
			return merchantError("invoicing."+field, "must be one line")
		}
	}
	return checkAddress(in.Address)
}

func validPeppolID(id string) bool {
	scheme, value, found := strings.Cut(id, ":")
	if !found || len(scheme) != 4 || strings.Trim(scheme, "0123456789") != "" || value == "" || len(value) > 50 {
		return false
	}
	return scheme != "0192" || orgno.Valid(value)
}

func checkAddress(a Address) error {
	if a == (Address{}) {
		return nil
	}
	norwegian := a.Country == "" || a.Country == "NO"
	switch {
	case a.PostalCode == "":
		return merchantError("invoicing.address.postal_code", "is required")
	case a.City == "":
		return merchantError("invoicing.address.city", "is required")
	case !norwegian && (len(a.Country) != 2 || strings.Trim(a.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != ""):
		return merchantError("invoicing.address.country", "must be two letters of ISO 3166-1, such as NO")
	case norwegian && (len(a.PostalCode) != 4 || strings.Trim(a.PostalCode, "0123456789") != ""):
		return merchantError("invoicing.address.postal_code", "has four digits in Norway")
	}
	return nil
}
