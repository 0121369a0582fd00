package portal

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// State is what a portal knows for good: what [Portal.Export] gives and
// [Portal.Import] takes. Sessions, and links that wait to be followed, are no
// part of it.
type State struct {
	Organizations  []OrganizationState `json:"organizations"`
	Users          []UserState         `json:"users"`
	PrefixOrders   []PrefixOrder       `json:"prefix_orders"`
	RightsRequests []RightsRequest     `json:"rights_requests,omitzero"`
	MerchantData   []MerchantState     `json:"merchant_data"`
}

// OrganizationState is an organisation with those who speak for it.
type OrganizationState struct {
	OrgNo       string   `json:"orgno"`
	Name        string   `json:"name"`
	Domains     []string `json:"domains"`
	TermsSigned bool     `json:"terms_signed"`
	Managers    []string `json:"managers,omitzero"` // mail addresses
	// Restricted names those let into test environments that aren't open to
	// everybody.
	Restricted map[string][]string `json:"restricted,omitzero"`
}

// UserState is a user, whose organisation is that of the mail address. A
// Password is read, never written.
type UserState struct {
	Mail       string  `json:"mail"`
	Name       string  `json:"name"`
	PID        string  `json:"pid,omitzero"`
	Confirmed  bool    `json:"confirmed"`
	Production []Right `json:"production,omitzero"` // rights
	Password   string  `json:"password,omitzero"`
	// PasswordHash is PBKDF2 with SHA-256 of the password and the Salt.
	PasswordHash []byte `json:"password_hash,omitzero"`
	Salt         []byte `json:"salt,omitzero"`
}

// Format keeps password and identity number from every verb of fmt.
func (u UserState) Format(state fmt.State, _ rune) { //nolint:recvcheck // its decoder changes it
	_, _ = fmt.Fprintf(state, "portal.UserState(%s)", u.Mail)
}

// MerchantState is the merchant data of an integration in one environment.
type MerchantState struct {
	Environment string `json:"environment"`
	MerchantData
}

// Export returns the state. Lists are in order, so that equal states make equal
// JSON.
func (p *Portal) Export() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := State{Organizations: []OrganizationState{}, Users: []UserState{}, PrefixOrders: []PrefixOrder{}, MerchantData: []MerchantState{}}
	for _, o := range sortedBy(p.organizations, func(o *organization) string { return o.orgno }) {
		s.Organizations = append(s.Organizations, o.export())
	}
	for _, u := range sortedBy(p.users, func(u *user) string { return u.mail }) {
		s.Users = append(s.Users, u.export())
	}
	for _, order := range p.orders {
		s.PrefixOrders = append(s.PrefixOrders, *order)
	}
	for _, request := range p.requests {
		s.RightsRequests = append(s.RightsRequests, request.copied())
	}
	for key, data := range p.merchant {
		data.IntegrationID = key.integration
		s.MerchantData = append(s.MerchantData, MerchantState{key.environment, data})
	}
	slices.SortFunc(s.MerchantData, func(a, b MerchantState) int {
		return cmp.Or(cmp.Compare(a.Environment, b.Environment), cmp.Compare(a.IntegrationID, b.IntegrationID))
	})
	return s
}

func (o *organization) export() OrganizationState {
	s := OrganizationState{
		OrgNo: o.orgno, Name: o.name, Domains: append([]string{}, o.domains...), TermsSigned: o.termsSigned,
		Managers: slices.Sorted(maps.Keys(o.managers)),
	}
	for environment, named := range o.restricted {
		if s.Restricted == nil {
			s.Restricted = map[string][]string{}
		}
		s.Restricted[environment] = slices.Sorted(maps.Keys(named))
	}
	return s
}

func (u *user) export() UserState {
	s := UserState{Mail: u.mail, Name: u.name, PID: u.pid, Confirmed: u.confirmed, PasswordHash: u.hash, Salt: u.salt}
	if len(u.production) > 0 {
		s.Production = u.production.list()
	}
	return s
}
