package maskinporten

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"
)

// fieldErrors gathers one ArgumentError for each field that doesn't hold up,
// so that a form can show all of them at once.
type fieldErrors struct {
	operation string
	errs      []error
}

func (f *fieldErrors) add(field, problem string) {
	if problem != "" {
		f.errs = append(f.errs, invalidArgument(f.operation, field, problem))
	}
}

// check tells everything that is wrong with the merchant data.
func (m MerchantData) check(operationName string, nobodyTold bool) error {
	found := &fieldErrors{operation: operationName}
	m.Invoicing.check(found)
	if len(m.NotificationPoints) == 0 && !nobodyTold {
		found.add("NotificationPoints", "is empty: nobody would be told of critical events; give AllowNoNotificationPoints if that is meant")
	}
	seen := map[string]bool{}
	for i, address := range m.NotificationPoints {
		field := fmt.Sprintf("NotificationPoints[%d]", i)
		found.add(field, mailProblem(address))
		if folded := strings.ToLower(address); seen[folded] {
			found.add(field, quoted(address)+" is there twice")
		} else {
			seen[folded] = true
		}
	}
	return errors.Join(found.errs...)
}

func (i *Invoicing) check(found *fieldErrors) {
	if *i == (Invoicing{}) {
		return // merchant data may be kept without it
	}
	found.add("Invoicing.RecipientOrgNo", orgNoProblem(string(i.RecipientOrgNo)))
	found.add("Invoicing.RecipientName", lineProblem(i.RecipientName))
	found.add("Invoicing.Reference", lineProblem(i.Reference))
	found.add("Invoicing.OrderNumber", lineProblem(i.OrderNumber))
	if i.PeppolID != "" {
		found.add("Invoicing.PeppolID", peppolProblem(i.PeppolID))
	}
	if i.Email != "" {
		found.add("Invoicing.Email", mailProblem(i.Email))
	}
	i.Address.check(found)
	if i.PeppolID == "" && i.Email == "" && i.Address == (PostalAddress{}) {
		found.add("Invoicing", "says nowhere that an invoice could go: set PeppolID, Email or Address")
	}
}

func (a *PostalAddress) check(found *fieldErrors) {
	if *a == (PostalAddress{}) {
		return
	}
	found.add("Invoicing.Address.Street", lineProblem(a.Street))
	found.add("Invoicing.Address.PostalCode", a.postalCodeProblem())
	found.add("Invoicing.Address.City", requiredLineProblem(a.City))
	if a.Country != "" && (len(a.Country) != 2 || strings.Trim(a.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		found.add("Invoicing.Address.Country", quoted(a.Country)+" is not two capital letters, such as NO")
	}
}

func (a *PostalAddress) postalCodeProblem() string {
	norwegian := a.Country == "" || a.Country == "NO"
	if norwegian && (len(a.PostalCode) != 4 || strings.Trim(a.PostalCode, "0123456789") != "") {
		return quoted(a.PostalCode) + " is not four digits, as Norwegian postal codes are"
	}
	return requiredLineProblem(a.PostalCode)
}

// peppolProblem checks a participant identifier of Peppol: the four digits
// of an ICD code, a colon, and an identifier of that code. Norwegian
// organisations are 0192.
func peppolProblem(id string) string {
	scheme, value, found := strings.Cut(id, ":")
	if !found || len(scheme) != 4 || strings.Trim(scheme, "0123456789") != "" || value == "" {
		return quoted(id) + " is not a Peppol participant, such as 0192:991825827"
	}
	if scheme+":" == iso6523Prefix {
		return orgNoProblem(value)
	}
	return lineProblem(value)
}

func orgNoProblem(s string) string {
	if wrong, ok := errors.AsType[*ArgumentError](OrgNo(s).Check()); ok {
		return wrong.Problem
	}
	return ""
}

// mailProblem takes bare addresses only: no display names, no lists.
func mailProblem(address string) string {
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || len(address) > maxMailAddress {
		return quoted(address) + " is not a mail address"
	}
	return ""
}

const (
	maxMailAddress = 254 // RFC 5321 section 4.5.3.1.3, without the angle brackets
	maxLine        = 255
)

func requiredLineProblem(s string) string {
	if strings.TrimSpace(s) == "" {
		return "is empty"
	}
	return lineProblem(s)
}

func lineProblem(s string) string {
	switch {
	case !utf8.ValidString(s), strings.ContainsFunc(s, unicode.IsControl):
		return quoted(s) + " is not one line of text"
	case utf8.RuneCountInString(s) > maxLine:
		return fmt.Sprintf("has %d characters, more than %d", utf8.RuneCountInString(s), maxLine)
	}
	return ""
}
